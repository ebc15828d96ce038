using CxrOnnx.Checkpoints;
using CxrOnnx.Core;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Configuration;
using CxrOnnx.Core.Diffusion;
using CxrOnnx.Trainer.Data;
using CxrOnnx.Trainer.Devices;
using CxrOnnx.Trainer.Models;
using CxrOnnx.Trainer.Models.TextEncoder;
using CxrOnnx.Trainer.Models.UNet;
using TorchSharp;
using static TorchSharp.torch;

namespace CxrOnnx.Trainer.Training;

/// <summary>
/// Text encoder and U-Net that are trained together, on a compact embedding table. Owns both modules.
/// </summary>
public sealed class LatentDiffusionModel : IDisposable
{
    private const string EmbeddingName = "text_model.embeddings.token_embedding.weight";
    private readonly PromptTokenization _tokenize;
    private readonly Dictionary<string, TokenizedPrompt> _prompts = new(StringComparer.Ordinal);

    /// <summary>Builds both modules with seeded weights.</summary>
    /// <param name="configuration">The whole model.</param>
    /// <param name="vocabulary">The ids that captions can contain.</param>
    /// <param name="tokenize">Text to ids.</param>
    /// <param name="seed">Seed of the weights, which do not depend on the device.</param>
    /// <param name="device">Where both modules compute; null = the CPU.</param>
    public LatentDiffusionModel(
        ModelConfiguration configuration,
        CompactVocabulary vocabulary,
        PromptTokenization tokenize,
        long seed,
        Device? device = null
    )
    {
        Device = device ?? CPU;
        Configuration = configuration;
        Vocabulary = vocabulary;
        _tokenize = tokenize;
        TextEncoder = new ClipTextEncoder(configuration.TextEncoder with { VocabSize = vocabulary.Ids.Count });
        UNet = new DiffusionModelUNet(configuration.UNet);
        WeightInitialization.Initialize(TextEncoder, seed);
        WeightInitialization.Initialize(UNet, seed);
        TextEncoder.to(Device);
        UNet.to(Device);
        Schedule = new NoiseSchedule(configuration.Scheduler);
    }

    /// <summary>The configuration of the model as it is written to disk.</summary>
    public ModelConfiguration Configuration { get; }

    /// <summary>Where both modules compute.</summary>
    public Device Device { get; }

    /// <summary>The ids behind the rows of the embedding table.</summary>
    public CompactVocabulary Vocabulary { get; }

    /// <summary>Text tower with a table of <see cref="CompactVocabulary.Ids"/> rows.</summary>
    public ClipTextEncoder TextEncoder { get; }

    /// <summary>Denoiser.</summary>
    public DiffusionModelUNet UNet { get; }

    /// <summary>Noise schedule of training.</summary>
    public NoiseSchedule Schedule { get; }

    /// <summary>Ids (full vocabulary) and own positions of a prompt; remembered.</summary>
    public TokenizedPrompt Tokenize(string prompt)
    {
        if (!_prompts.TryGetValue(prompt, out TokenizedPrompt? tokens))
        {
            _prompts[prompt] = tokens = _tokenize(prompt);
        }

        return tokens;
    }

    /// <summary>Rows of the compact table for prompts.</summary>
    /// <returns>int64 [prompts, S] on the model's device; owned by the caller.</returns>
    public Tensor Rows(IReadOnlyList<string> prompts)
    {
        long[] rows = [.. prompts.SelectMany(prompt => Vocabulary.Rows(Tokenize(prompt).Ids))];
        return tensor(rows, [prompts.Count, rows.Length / prompts.Count], dtype: ScalarType.Int64).MoveTo(Device);
    }

    /// <summary>1 at the prompts' own tokens (neither BoS, EoS nor padding).</summary>
    /// <returns>float32 [prompts, S] on the model's device; owned by the caller.</returns>
    public Tensor OwnTokens(IReadOnlyList<string> prompts)
    {
        int length = Configuration.TextEncoder.MaxPositionEmbeddings;
        float[] mask = new float[prompts.Count * length];
        for (int i = 0; i < prompts.Count; i++)
        {
            foreach (int position in Tokenize(prompts[i]).OwnPositions)
            {
                mask[(i * length) + position] = 1;
            }
        }

        return tensor(mask, [prompts.Count, length]).MoveTo(Device);
    }

    /// <summary>Encodes prompts.</summary>
    /// <returns>float32 [prompts, S, W], differentiable; owned by the caller.</returns>
    public Tensor Encode(IReadOnlyList<string> prompts)
    {
        using Tensor rows = Rows(prompts);
        return TextEncoder.Forward(rows);
    }

    /// <summary>Loads the checkpoints of a training run.</summary>
    /// <param name="folder">Holds <c>diffusion_model.safetensors</c> and <c>text_encoder/model.safetensors</c>.</param>
    /// <exception cref="ArtifactException">A file is missing or does not fit the configuration.</exception>
    public void Load(string folder) => Load(Path.Combine(folder, RunFolder.UNet), Path.Combine(folder, RunFolder.TextEncoder));

    /// <summary>Loads checkpoints in any of the published formats.</summary>
    /// <param name="unet">U-Net: safetensors or <c>torch.save</c>, names of GenerativeModels or MONAI core.</param>
    /// <param name="textEncoder">
    /// Text encoder, Hugging Face's names; of its embedding table only the rows of the vocabulary are kept.
    /// </param>
    /// <exception cref="ArtifactException">A file is missing or does not fit the configuration.</exception>
    public void Load(string unet, string textEncoder)
    {
        using (ITensorFile file = CheckpointFile.Open(unet))
        {
            StateDictLoader.Load(UNet, file);
        }

        LoadTextEncoder(textEncoder);
    }

    /// <summary>Loads a text encoder's checkpoint.</summary>
    /// <param name="path">Hugging Face's names; of its embedding table only the rows of the vocabulary are kept.</param>
    /// <exception cref="ArtifactException">The file is missing or does not fit the configuration.</exception>
    public void LoadTextEncoder(string path)
    {
        using ITensorFile text = StateDict.Normalize(CheckpointFile.Open(path));
        long[] wanted = [Configuration.TextEncoder.VocabSize, Configuration.TextEncoder.HiddenSize],
            shape = [.. text.InfoOf(EmbeddingName).Shape];
        if (!shape.SequenceEqual(wanted))
        {
            throw new ArtifactException(
                $"{path}: {EmbeddingName} is [{string.Join(", ", shape)}] instead of [{string.Join(", ", wanted)}], which the "
                    + $"configuration says"
            );
        }

        using Tensor table = Vocabulary.Gather(text, EmbeddingName);
        StateDictLoader.Load(TextEncoder, new ReplacedTensorFile(text, EmbeddingName, table));
    }

    /// <summary>Loads a text encoder's checkpoint and takes it out of training.</summary>
    /// <param name="path">As in <see cref="LoadTextEncoder"/>.</param>
    public void FreezeTextEncoder(string path)
    {
        LoadTextEncoder(path);
        foreach (TorchSharp.Modules.Parameter parameter in TextEncoder.parameters())
        {
            parameter.requires_grad = false;
        }
    }

    /// <summary>Replaces rows of the embedding table, as a codebook wants it.</summary>
    /// <param name="ids">Token ids of the vocabulary.</param>
    /// <param name="rows">One row of W numbers for each, row after row.</param>
    /// <exception cref="InputException">An id is not part of the vocabulary.</exception>
    public void ReplaceRows(IReadOnlyList<long> ids, float[] rows)
    {
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Tensor index = tensor(Vocabulary.Rows(ids), dtype: ScalarType.Int64).MoveTo(Device);
        Tensor values = tensor(rows, [ids.Count, rows.Length / ids.Count]).MoveTo(Device);
        TextEncoder.TokenEmbedding.index_copy_(0, index, values);
    }

    /// <summary>
    /// Writes the checkpoints in the real formats: GenerativeModels' names for the U-Net, Hugging Face's for the text encoder.
    /// </summary>
    /// <param name="folder">Receives <c>diffusion_model.safetensors</c> and <c>text_encoder/model.safetensors</c>.</param>
    /// <param name="metadata">Stored in both.</param>
    /// <param name="seed">Seed of the embedding rows that were not trained.</param>
    public void Save(string folder, IReadOnlyDictionary<string, string> metadata, long seed)
    {
        StateDictLoader.Save(UNet, Path.Combine(folder, RunFolder.UNet), metadata);
        SaveTextEncoder(Path.Combine(folder, RunFolder.TextEncoder), metadata, seed);
    }

    /// <summary>Writes the text encoder with Hugging Face's names and the whole embedding table.</summary>
    /// <param name="path">File; its folder is made where it is missing.</param>
    /// <param name="metadata">Stored in it.</param>
    /// <param name="seed">Seed of the embedding rows that were not trained.</param>
    public void SaveTextEncoder(string path, IReadOnlyDictionary<string, string> metadata, long seed)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using DisposeScope scope = NewDisposeScope();
        List<TensorPayload> tensors = [];
        foreach ((string name, Tensor value) in TextEncoder.state_dict())
        {
            tensors.Add(
                StateDictLoader.Payload(
                    name,
                    name == EmbeddingName ? Vocabulary.Scatter(value, Configuration.TextEncoder.VocabSize, seed) : value
                )
            );
        }

        SafetensorsWriter.Write(path, tensors, metadata);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        TextEncoder.Dispose();
        UNet.Dispose();
    }
}
