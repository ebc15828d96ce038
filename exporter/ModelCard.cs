using System.Globalization;
using System.Text;
using CxrOnnx.Core.Bundles;
using CxrOnnx.Core.Configuration;

namespace CxrOnnx.Exporter;

/// <summary><c>MODEL_CARD.md</c>: what is in the bundle, where it comes from and what it is for.</summary>
internal static class ModelCard
{
    /// <summary>Writes the card.</summary>
    /// <param name="manifest">The bundle's manifest; its file list is not needed yet.</param>
    /// <param name="parameters">Number of weights of each model part, as exported.</param>
    /// <param name="sizes">Size in bytes of each file written so far, by path.</param>
    public static string Write(
        BundleManifest manifest, IReadOnlyDictionary<string, long> parameters, IReadOnlyDictionary<string, long> sizes)
    {
        StringBuilder card = new();
        ModelConfiguration model = manifest.Model;
        Line(card, $"# {model.Name}");
        Line(card, $"");
        Line(card, $"Phrase grounding on chest radiographs with a latent diffusion model: a radiograph and a short phrase in, a heatmap out.");
        Line(card, $"Exported by {manifest.CreatedBy}, precision {manifest.Precision}, ONNX opset {Graph.GraphBuilder.OpsetVersion}.");
        Line(card, $"");
        Line(card, $"## Intended use");
        Line(card, $"Research only. Not a medical device, not for diagnosis, triage or any decision about a patient. A heatmap shows where the model's");
        Line(card, $"attention lies for a phrase; it does not say that the finding is present, and it always shows something.");
        Line(card, $"");
        WriteSettings(card, manifest);
        WritePrecision(card, manifest.Precision);
        WriteGraphs(card, manifest);
        Line(card, $"## Files");
        Line(card, $"| file | bytes |");
        Line(card, $"| --- | ---: |");
        foreach ((string path, long size) in sizes.OrderBy(entry => entry.Key, StringComparer.Ordinal)) Line(card, $"| `{path}` | {size} |");
        Line(card, $"");
        Line(card, $"`weights.bin` is a safetensors file shared by all graphs. Tensors are named `unet.`, `vae.` or `text.` and the state-dict key of the");
        Line(card, $"checkpoint; `.T` marks matrices stored as [in, out]; channel vectors are stored as [C, 1, 1]; `__padding__.N` are fillers.");
        Line(card, $"Decoder weights of the autoencoder are not part of the bundle.");
        if (sizes.ContainsKey(PhraseAtlasFile.FileName))
        {
            Line(card, $"`{PhraseAtlasFile.FileName}` holds the text encoder's states of the standard prompts (`i/last_hidden_state`, words in the metadata): these phrases");
            Line(card, $"need neither tokenizer nor text encoder.");
        }

        Line(card, $"");
        Line(card, $"| part | exported parameters |");
        Line(card, $"| --- | ---: |");
        foreach ((string part, long count) in parameters) Line(card, $"| {part} | {count} |");
        Line(card, $"");
        Line(card, $"## Provenance");
        Line(card, $"| | |");
        Line(card, $"| --- | --- |");
        foreach ((string key, string value) in manifest.Provenance.OrderBy(entry => entry.Key, StringComparer.Ordinal))
        {
            Line(card, $"| {key} | {value.Replace("|", "\\|", StringComparison.Ordinal).ReplaceLineEndings(" ")} |");
        }

        return card.ToString();
    }

    private static void WriteSettings(StringBuilder card, BundleManifest manifest)
    {
        ModelConfiguration model = manifest.Model;
        GroundingConfiguration grounding = model.Grounding;
        BundleVocabulary vocabulary = manifest.Vocabulary;
        Line(card, $"## Settings");
        Line(card, $"- Input: {model.Image.Size}x{model.Image.Size} pixels in [0, 1]: shortest side resized ({manifest.Preprocessing.Resize}, antialias {Word(manifest.Preprocessing.Antialias)}), {manifest.Preprocessing.Crop} crop.");
        Line(card, $"- Latents: posterior mean times {model.Image.LatentScale}, {model.Vae.DownsamplingFactor} pixels per cell, {model.Vae.LatentChannels} channels.");
        Line(card, $"- Schedule: {model.Scheduler.Schedule} {model.Scheduler.BetaStart}..{model.Scheduler.BetaEnd}, {model.Scheduler.NumTrainTimesteps} training steps, {model.Scheduler.PredictionType}; {manifest.Schedule.Timesteps.Count} inference steps, {manifest.Schedule.Spacing} spacing.");
        Line(card, $"- Heatmap: cross-attention layers {string.Join(", ", grounding.Layers)} (module order, from 0), inversion steps {grounding.StepRange[0]} to {grounding.StepRange[1] - 1}, Gaussian sigma {grounding.GaussianSigma} px, Otsu mask {Word(grounding.Otsu)}.");
        Line(card, $"- Vocabulary: {vocabulary.Kind switch
        {
            "closed" => FormattableString.Invariant($"closed, {vocabulary.TokenIds.Count} token ids; any other id gives NaN"),
            "open" => FormattableString.Invariant($"open, {model.TextEncoder.VocabSize} token ids"),
            _ => "no tokenizer in the bundle: it takes token ids, not text",
        }}.");
        if (vocabulary.LearnedTokens.Count > 0)
        {
            Line(card, $"- Learned tokens ({vocabulary.LearnedTokens.Count}): {string.Join(", ", vocabulary.LearnedTokens.Select(token => $"`{token.Token}`"))}.");
        }

        foreach ((string name, BundlePreset preset) in manifest.Presets) Line(card, $"- Preset `{name}`: {preset.Description}");
        Line(card, $"");
    }

    private static void WritePrecision(StringBuilder card, string precision)
    {
        if (precision == "fp32") return;
        Line(card, $"## Precision");
        if (precision == "fp16")
        {
            Line(card, $"Weights are stored as float16 and widened to float32 when a graph is loaded; inputs, outputs and all computation are float32. The files are");
            Line(card, $"half as large; speed and memory at run time are those of fp32.");
        }
        else
        {
            Line(card, $"Convolutions and matrix products of the U-Net are computed in 8-bit integers: weights per output channel, symmetric, within +-{Quantization.RowQuantizer.Limit} (7 bits,");
            Line(card, $"so that processors without VNNI do not saturate), activations unsigned with ranges from a calibration. Text encoder, image encoder,");
            Line(card, $"normalisations, softmax and the layers listed under Provenance (`quantization.kept_fp32`) are float32, and so are inputs and outputs.");
            Line(card, $"In `weights.bin`, `.q` marks integers and `.scale` what one unit of them is worth, per output channel.");
        }

        Line(card, $"The golden cases come from the float32 model; their tolerances are wider, as the golden file's metadata says.");
        Line(card, $"");
    }

    private static void WriteGraphs(StringBuilder card, BundleManifest manifest)
    {
        Line(card, $"## Graphs");
        Line(card, $"| graph | tensor | direction | type | shape |");
        Line(card, $"| --- | --- | --- | --- | --- |");
        foreach (BundleGraph graph in manifest.Graphs.Values)
        {
            foreach (BundleTensor input in graph.Inputs) Row(card, graph, input, "in");
            foreach (BundleTensor output in graph.Outputs) Row(card, graph, output, "out");
        }

        Line(card, $"");
        Line(card, $"`image` is in [0, 1]. `latents` is the posterior mean times the latent scale. `last_hidden_state` is taken after the final layer norm.");
        Line(card, $"`timestep` is a training time step per sample. `attention_<i>` is the softmax over the prompt's tokens of cross-attention layer i, mean");
        Line(card, $"over its heads; `cells_level_<l>` = (latent_height / 2^l) (latent_width / 2^l), row-major. Latent sides must be divisible by");
        Line(card, $"{1 << (manifest.Model.UNet.NumChannels.Count - 1)} for the U-Net. `samples` of `attention.onnx` is `batch`, or a divisor of it: then each sample serves batch / samples prompts that follow");
        Line(card, $"each other, and what does not depend on the prompt is computed once per sample.");
        if (manifest.Graphs.ContainsKey("grounding"))
        {
            Line(card, $"");
            Line(card, $"`grounding.onnx` is the whole preset `exact` in one graph of standard operators: `input_ids` of K prompts, `uncond_input_ids` those of the");
            Line(card, $"empty prompt (begin, end, padding), `token_mask` 1 at each prompt's own tokens (without begin, end and padding; at least one per prompt).");
            Line(card, $"It starts from the beginning for every call: several prompts of one image belong into one call.");
        }
        Line(card, $"");
    }

    private static void Row(StringBuilder card, BundleGraph graph, BundleTensor tensor, string direction) =>
        Line(card, $"| `{graph.File}` | `{tensor.Name}` | {direction} | {tensor.DataType} | [{string.Join(", ", tensor.Shape)}] |");

    private static string Word(bool value) => value ? "on" : "off";

    private static void Line(StringBuilder card, FormattableString line) => card.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');
}
