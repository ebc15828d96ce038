using System.Text;
using CxrOnnx.Core;
using CxrOnnx.Core.Bundles;
using CxrOnnx.Core.Configuration;
using CxrOnnx.Core.Evidence;

namespace CxrOnnx.Exporter;

/// <summary><c>MODEL_CARD.md</c>: what is in the bundle, where it comes from and what it is for.</summary>
internal static class ModelCard
{
    /// <summary>Writes the card.</summary>
    /// <param name="manifest">The bundle's manifest; its file list is not needed yet.</param>
    /// <param name="parameters">Number of weights of each model part, as exported.</param>
    /// <param name="sizes">Size in bytes of each file written so far, by path.</param>
    public static string Write(
        BundleManifest manifest,
        IReadOnlyDictionary<string, long> parameters,
        IReadOnlyDictionary<string, long> sizes
    )
    {
        StringBuilder card = new();
        ModelConfiguration model = manifest.Model;
        card.AppendInvariant($"# {model.Name}\n");
        card.AppendInvariant($"\n");
        card.AppendInvariant(
            $"Phrase grounding on chest radiographs with a latent diffusion model: a radiograph and a short phrase in, a heatmap out.\n"
        );
        card.AppendInvariant(
            $"Exported by {manifest.CreatedBy}, precision {manifest.Precision}, ONNX opset {Graph.GraphBuilder.OpsetVersion}.\n"
        );
        card.AppendInvariant($"\n");
        card.AppendInvariant($"## Intended use\n");
        card.AppendInvariant(
            $"Research only. Not a medical device, not for diagnosis, triage or any decision about a patient. A heatmap shows where the "
                + $"model's\n"
        );
        card.AppendInvariant($"attention lies for a phrase; it does not say that the finding is present, and it always shows something.\n");
        if (manifest.Presets.Any(preset => preset.Value.Evidence is not null))
        {
            card.AppendInvariant(
                $"With preset `{EvidencePreset.Name}` it joins the attention with where the image speaks for the phrase; the same holds.\n"
            );
        }
        card.AppendInvariant($"\n");
        WriteSettings(card, manifest);
        WritePrecision(card, manifest.Precision);
        WriteGraphs(card, manifest);
        foreach ((string name, BundleGraphSet set) in manifest.GraphSets ?? new Dictionary<string, BundleGraphSet>())
        {
            card.AppendInvariant(
                $"Graph set `{name}`: {set.Math} on {string.Join(", ", set.Providers)}, weights in `{set.WeightFile}`.\n\n"
            );
        }

        card.AppendInvariant($"## Files\n");
        card.AppendInvariant($"| file | bytes |\n");
        card.AppendInvariant($"| --- | ---: |\n");
        foreach ((string path, long size) in sizes.OrderBy(entry => entry.Key, StringComparer.Ordinal))
        {
            card.AppendInvariant($"| `{path}` | {size} |\n");
        }

        card.AppendInvariant($"\n");
        card.AppendInvariant(
            $"`weights.safetensors` is a safetensors file shared by all graphs. Tensors are named `unet.`, `vae.` or `text.` and the "
                + $"state-dict "
                + $"key of the\n"
        );
        card.AppendInvariant(
            $"checkpoint; `.T` marks matrices stored as [in, out]; channel vectors are stored as [C, 1, 1]; `__padding__.N` are fillers.\n"
        );
        card.AppendInvariant($"Decoder weights of the autoencoder are not part of the bundle.\n");
        if (sizes.ContainsKey(StoredPhraseFile.FileName))
        {
            card.AppendInvariant(
                $"`{StoredPhraseFile.FileName}` holds the text encoder's states of the standard prompts (`i/last_hidden_state`, words "
                    + $"in the metadata): these phrases\n"
            );
            card.AppendInvariant($"need neither tokenizer nor text encoder.\n");
        }

        card.AppendInvariant($"\n");
        card.AppendInvariant($"| part | exported parameters |\n");
        card.AppendInvariant($"| --- | ---: |\n");
        foreach ((string part, long count) in parameters)
        {
            card.AppendInvariant($"| {part} | {count} |\n");
        }

        card.AppendInvariant($"\n");
        card.AppendInvariant($"## Provenance\n");
        card.AppendInvariant($"| | |\n");
        card.AppendInvariant($"| --- | --- |\n");
        foreach ((string key, string value) in manifest.Provenance.OrderBy(entry => entry.Key, StringComparer.Ordinal))
        {
            card.AppendInvariant($"| {key} | {value.Replace("|", "\\|", StringComparison.Ordinal).ReplaceLineEndings(" ")} |\n");
        }

        return card.ToString();
    }

    private static void WriteSettings(StringBuilder card, BundleManifest manifest)
    {
        ModelConfiguration model = manifest.Model;
        GroundingConfiguration grounding = model.Grounding;
        BundleVocabulary vocabulary = manifest.Vocabulary;
        card.AppendInvariant($"## Settings\n");
        card.AppendInvariant(
            $"- Input: {model.Image.Size}x{model.Image.Size} pixels in [0, 1]: shortest side resized ({manifest.Preprocessing.Resize}, "
                + $"antialias {Word(manifest.Preprocessing.Antialias)}), {manifest.Preprocessing.Crop} crop.\n"
        );
        card.AppendInvariant(
            $"- Latents: posterior mean times {model.Image.LatentScale}, {model.Vae.DownsamplingFactor} pixels per cell, "
                + $"{model.Vae.LatentChannels} channels.\n"
        );
        card.AppendInvariant(
            $"- Schedule: {model.Scheduler.Schedule} {model.Scheduler.BetaStart}..{model.Scheduler.BetaEnd}, "
                + $"{model.Scheduler.NumTrainTimesteps} training steps, {model.Scheduler.PredictionType}; "
                + $"{manifest.Schedule.Timesteps.Count} inference steps, {manifest.Schedule.Spacing} spacing.\n"
        );
        card.AppendInvariant(
            $"- Heatmap: cross-attention layers {string.Join(", ", grounding.Layers)} (module order, from 0), inversion steps "
                + $"{grounding.StepRange[0]} to {grounding.StepRange[1] - 1}, Gaussian sigma {grounding.GaussianSigma} px, Otsu mask "
                + $"{Word(grounding.Otsu)}.\n"
        );
        card.AppendInvariant(
            $"- Vocabulary: {vocabulary.Kind switch
        {
            "closed" => FormattableString.Invariant($"closed, {vocabulary.TokenIds.Count} token ids; any other id gives NaN"),
            "open" => FormattableString.Invariant($"open, {model.TextEncoder.VocabSize} token ids"),
            _ => "no tokenizer in the bundle: it takes token ids, not text",
        }}.\n"
        );
        if (vocabulary.LearnedTokens.Count > 0)
        {
            card.AppendInvariant(
                $"- Learned tokens ({vocabulary.LearnedTokens.Count}): "
                    + $"{string.Join(", ", vocabulary.LearnedTokens.Select(token => $"`{token.Token}`"))}.\n"
            );
        }

        foreach ((string name, BundlePreset preset) in manifest.Presets)
        {
            card.AppendInvariant($"- Preset `{name}`: {preset.Description}\n");
            if (preset.Evidence is { } recipe)
            {
                WriteEvidence(card, recipe);
            }
        }

        card.AppendInvariant($"\n");
    }

    private static void WriteEvidence(StringBuilder card, EvidenceRecipe recipe)
    {
        EvidenceWeights weights = recipe.Weights;
        card.AppendInvariant(
            $"  Learned from {recipe.LearnedFrom}. Noise: time steps {string.Join(", ", recipe.Timesteps)}, a pair of opposite noises "
                + $"each, seed {recipe.Seed}; smoothing {recipe.Smoothing} of the latents' side; log odds {weights.Intercept} + "
                + $"{weights.Attention} attention + {weights.Gain} gain + {weights.Both} sqrt(attention gain); exponent "
                + $"{recipe.Exponent}.\n"
        );
        card.AppendInvariant(
            $"  Like every map it is scaled to [0, 1] and always shows something. A phrase of one side is asked with the other side too,\n"
        );
        card.AppendInvariant($"  a pathology without a place at every place where it can be.\n");
    }

    private static void WritePrecision(StringBuilder card, string precision)
    {
        if (precision == "fp32")
        {
            return;
        }

        card.AppendInvariant($"## Precision\n");
        if (precision == "fp16")
        {
            card.AppendInvariant(
                $"Weights are stored as float16 and widened to float32 when a graph is loaded; inputs, outputs and all computation are "
                    + $"float32. The files are\n"
            );
            card.AppendInvariant($"half as large; speed and memory at run time are those of fp32.\n");
        }
        else
        {
            card.AppendInvariant(
                $"Convolutions and matrix products of the U-Net are computed in 8-bit integers: weights per output channel, symmetric, "
                    + $"within +-{Quantization.RowQuantizer.Limit} (7 bits,\n"
            );
            card.AppendInvariant(
                $"so that processors without VNNI do not saturate), activations unsigned with ranges from a calibration. Text encoder, "
                    + $"image encoder,\n"
            );
            card.AppendInvariant(
                $"normalisations, softmax and the layers listed under Provenance (`quantization.kept_fp32`) are float32, and so are "
                    + $"inputs and outputs.\n"
            );
            card.AppendInvariant(
                $"In `weights.safetensors`, `.q` marks integers and `.scale` what one unit of them is worth, per output channel.\n"
            );
        }

        card.AppendInvariant(
            $"The golden cases come from the float32 model; their tolerances are wider, as the golden file's metadata says.\n"
        );
        card.AppendInvariant($"\n");
    }

    private static void WriteGraphs(StringBuilder card, BundleManifest manifest)
    {
        card.AppendInvariant($"## Graphs\n");
        card.AppendInvariant($"| graph | tensor | direction | type | shape |\n");
        card.AppendInvariant($"| --- | --- | --- | --- | --- |\n");
        foreach (BundleGraph graph in manifest.Graphs.Values)
        {
            foreach (BundleTensor input in graph.Inputs)
            {
                Row(card, graph, input, "in");
            }

            foreach (BundleTensor output in graph.Outputs)
            {
                Row(card, graph, output, "out");
            }
        }

        card.AppendInvariant($"\n");
        card.AppendInvariant(
            $"`image` is in [0, 1]. `latents` is the posterior mean times the latent scale. `last_hidden_state` is taken after the "
                + $"final layer norm.\n"
        );
        card.AppendInvariant(
            $"`timestep` is a training time step per sample. `attention_<i>` is the softmax over the prompt's tokens of cross-attention "
                + $"layer i, mean\n"
        );
        card.AppendInvariant(
            $"over its heads; `cells_level_<l>` = (latent_height / 2^l) (latent_width / 2^l), row-major. Latent sides must be divisible "
                + $"by\n"
        );
        card.AppendInvariant(
            $"{1 << (manifest.Model.UNet.NumChannels.Count - 1)} for the U-Net. `samples` of `unet_attention.onnx` is `batch`, or a "
                + $"divisor "
                + $"of it: then each sample serves batch / samples prompts that follow\n"
        );
        card.AppendInvariant($"each other, and what does not depend on the prompt is computed once per sample.\n");
        if (manifest.Graphs.ContainsKey("grounding"))
        {
            card.AppendInvariant($"\n");
            card.AppendInvariant(
                $"`grounding.onnx` is the whole preset `exact` in one graph of standard operators: `input_ids` of K prompts, "
                    + $"`uncond_input_ids` those of the\n"
            );
            card.AppendInvariant(
                $"empty prompt (begin, end, padding), `token_mask` 1 at each prompt's own tokens (without begin, end and padding; at "
                    + $"least one per prompt).\n"
            );
            card.AppendInvariant($"It starts from the beginning for every call: several prompts of one image belong into one call.\n");
        }
        if (manifest.Graphs.ContainsKey(BundleLayout.GroundingEvidence))
        {
            card.AppendInvariant($"\n");
            card.AppendInvariant(
                $"`grounding_evidence.onnx` is the same for preset `{EvidencePreset.Name}` and images of the model's square; its noise is "
                    + $"in it. `score` says how much\n"
            );
            card.AppendInvariant(
                $"the image speaks for each prompt: ask a phrase's other side, or every place of a phrase that names none, as further "
                    + $"prompts, and compare.\n"
            );
        }
        card.AppendInvariant($"\n");
    }

    private static void Row(StringBuilder card, BundleGraph graph, BundleTensor tensor, string direction) =>
        card.AppendInvariant(
            $"| `{graph.File}` | `{tensor.Name}` | {direction} | {tensor.DataType} | [{string.Join(", ", tensor.Shape)}] |\n"
        );

    private static string Word(bool value) => value ? "on" : "off";
}
