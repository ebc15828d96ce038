using CxrOnnx.Checkpoints;
using CxrOnnx.Core;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Bundles;
using CxrOnnx.Core.Configuration;
using CxrOnnx.Core.Evidence;
using CxrOnnx.Core.Preprocessing;
using CxrOnnx.Core.Tokenization;
using CxrOnnx.Exporter;
using CxrOnnx.Imaging;
using CxrOnnx.Trainer.Devices;
using CxrOnnx.Trainer.Golden;
using CxrOnnx.Trainer.Models;
using CxrOnnx.Trainer.Models.TextEncoder;
using CxrOnnx.Trainer.Models.UNet;
using CxrOnnx.Trainer.Models.Vae;
using TorchSharp;

namespace CxrOnnx.Lab.Golden;

/// <summary>Loads checkpoints into the TorchSharp modules and lets them compute a bundle's golden cases.</summary>
public sealed record GoldenRun
{
    /// <summary>Phrases of the whole-grounding cases, where a tokenizer is given.</summary>
    public static IReadOnlyList<string> DefaultPhrases { get; } = ["left lower pneumonia", "bilateral pleural effusion"];

    /// <summary>The model.</summary>
    public required string ConfigPath { get; init; }

    /// <summary>U-Net checkpoint.</summary>
    public required string UNetPath { get; init; }

    /// <summary>VAE checkpoint.</summary>
    public required string VaePath { get; init; }

    /// <summary>Text encoder checkpoint.</summary>
    public required string TextEncoderPath { get; init; }

    /// <summary>Tokenizer folder; null: random token ids stand for phrases.</summary>
    public string? TokenizerPath { get; init; }

    /// <summary>Codebook whose rows replace those of the token embedding; null: none.</summary>
    public string? CodebookPath { get; init; }

    /// <summary>Radiographs of the whole-grounding cases; empty: one random image.</summary>
    public IReadOnlyList<string> Images { get; init; } = [];

    /// <summary>Side of the random image in pixels; null: the model's. A smaller one makes a smaller file.</summary>
    public int? Side { get; init; }

    /// <summary>Whether there are cases for the fused graph too.</summary>
    public bool Fused { get; init; }

    /// <summary>What <c>cxr-lab evidence</c> learned: cases of evidence maps are added; null: none.</summary>
    public string? EvidencePath { get; init; }

    /// <summary>Seed of random latents, images and ids.</summary>
    public int Seed { get; init; }

    /// <summary>What the modules compute on.</summary>
    public TorchDevice Device { get; init; } = TorchDevice.Cpu;

    /// <summary>Computes the cases.</summary>
    /// <param name="output">The safetensors file to write.</param>
    /// <exception cref="CxrOnnxException">A file is wrong or does not fit the configuration.</exception>
    public void Write(string output)
    {
        ModelConfiguration configuration = ModelConfigurationFile.Load(ConfigPath);
        CheckSide(configuration);
        GoldenEvidence? evidence = EvidencePath is null ? null : Evidence(EvidencePath, configuration);
        using AutoencoderKL vae = new(configuration.Vae);
        using DiffusionModelUNet unet = new(configuration.UNet);
        using ClipTextEncoder text = new(configuration.TextEncoder);
        Load(vae, VaePath);
        Load(unet, UNetPath);
        Load(text, TextEncoderPath);
        if (CodebookPath is not null)
        {
            ApplyCodebook(text, CodebookPath);
        }

        vae.to(Device.Device);
        unet.to(Device.Device);
        text.to(Device.Device);

        new GoldenCases(configuration, vae, unet, text, Fused, evidence).Write(
            output,
            Prompts(configuration.TextEncoder),
            ModelInputs(configuration.Image),
            Seed
        );
    }

    private void CheckSide(ModelConfiguration configuration)
    {
        if (Side is not { } side)
        {
            return;
        }

        if (Images.Count > 0)
        {
            throw new InputException("`side`: is that of the random image, and images are given; leave one of the two out");
        }

        int multiple = configuration.SideMultiple;
        if (side < multiple || side > configuration.Image.Size || side % multiple != 0)
        {
            throw new InputException(
                FormattableString.Invariant(
                    $"`side` {side}: must be a multiple of {multiple}, at most the model's {configuration.Image.Size}"
                )
            );
        }
    }

    private static GoldenEvidence Evidence(string path, ModelConfiguration configuration)
    {
        EvidenceFile file = EvidenceFile.Read(path);
        IReadOnlyDictionary<string, BundlePreset> presets = EvidencePreset.AddTo(Presets.Of(configuration.Grounding), file, path);
        return new GoldenEvidence(file, presets[EvidencePreset.Name]);
    }

    private static void Load(torch.nn.Module module, string path)
    {
        using ITensorFile file = CheckpointFile.Open(path);
        StateDictLoader.Load(module, file);
        module.eval();
    }

    private static void ApplyCodebook(ClipTextEncoder text, string path)
    {
        using ITensorFile codebook = CheckpointFile.Open(path);
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable noGradient = torch.no_grad();
        torch.Tensor ids = StateDictLoader.Read(codebook, "token_ids");
        torch.Tensor rows = StateDictLoader.Read(codebook, "token_embedding.weight");
        text.TokenEmbedding.index_copy_(0, ids, rows);
    }

    private (long[] Ids, int[] Positions)[] Prompts(TextEncoderConfiguration text)
    {
        if (TokenizerPath is not null)
        {
            ClipTokenizer tokenizer = ClipTokenizer.Load(TokenizerPath);
            return
            [
                .. DefaultPhrases
                    .Prepend("")
                    .Select(phrase => tokenizer.Encode(phrase))
                    .Select(encoded => (encoded.Ids, encoded.Positions.ToArray())),
            ];
        }

        // No tokenizer: the last two ids play begin and end, as in CLIP; what lies between is random.
        Random random = new(Seed);
        return
        [
            .. new[] { 0, 3, 7 }.Select(length =>
            {
                long[] ids = new long[text.MaxPositionEmbeddings];
                ids[0] = text.VocabSize - 2;
                for (int i = 1; i <= length; i++)
                {
                    ids[i] = random.Next(1, text.VocabSize - 2);
                }

                ids[length + 1] = text.VocabSize - 1;
                return (ids, Enumerable.Range(1, length).ToArray());
            }),
        ];
    }

    private float[][] ModelInputs(ImageConfiguration image)
    {
        if (Images.Count > 0)
        {
            return [.. Images.Select(path => Preprocessor.ToModelInput(RadiographReader.Read(path).Image, image.Size))];
        }

        Random random = new(Seed);
        int side = Side ?? image.Size;
        return
        [
            [.. Enumerable.Range(0, side * side).Select(_ => random.NextSingle())],
        ];
    }
}
