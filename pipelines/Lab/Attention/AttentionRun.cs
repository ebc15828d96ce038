using CxrOnnx.Checkpoints;
using CxrOnnx.Core;
using CxrOnnx.Core.Atlas;
using CxrOnnx.Core.Bundles;
using CxrOnnx.Core.Configuration;
using CxrOnnx.Core.Geometry;
using CxrOnnx.Core.Preprocessing;
using CxrOnnx.Core.Tokenization;
using CxrOnnx.Evaluation.Datasets;
using CxrOnnx.Evaluation.Methods;
using CxrOnnx.Evaluation.Mimic;
using CxrOnnx.Trainer.Attention;
using CxrOnnx.Trainer.Data;
using CxrOnnx.Trainer.Devices;
using CxrOnnx.Trainer.Models.Vae;
using CxrOnnx.Trainer.Native;
using CxrOnnx.Trainer.Training;
using TorchSharp;

namespace CxrOnnx.Lab.Attention;

/// <summary>
/// Measures, on annotated images, how attention is divided among the groups of tokens and how well each group's map grounds.
/// </summary>
public sealed class AttentionRun
{
    /// <summary>Model configuration.</summary>
    public required string ConfigPath { get; init; }

    /// <summary>U-Net checkpoint.</summary>
    public required string UNetPath { get; init; }

    /// <summary>Autoencoder checkpoint.</summary>
    public required string VaePath { get; init; }

    /// <summary>Text encoder checkpoint.</summary>
    public required string TextEncoderPath { get; init; }

    /// <summary>Tokenizer folder.</summary>
    public required string TokenizerPath { get; init; }

    /// <summary>Codebook whose rows replace those of the token embedding; null: the frozen model.</summary>
    public string? CodebookPath { get; init; }

    /// <summary>Annotations in MS-CXR's format, as <c>cxr-lab phantom</c> writes them.</summary>
    public required string Annotations { get; init; }

    /// <summary>Folder of the images.</summary>
    public required string Images { get; init; }

    /// <summary>Folder of the reports, <c>IMAGE_ID.txt</c>: their sentences are the prompts; null: standard prompts.</summary>
    public string? Reports { get; init; }

    /// <summary>How many phrases at most.</summary>
    public int Limit { get; init; } = int.MaxValue;

    /// <summary>Whether the maps of Bimodal Bias Merging are measured too; costs a trajectory from noise per phrase.</summary>
    public bool BiasMerging { get; init; }

    /// <summary>Seed of the noise that <see cref="BiasMerging"/> starts from; the same noise for every phrase.</summary>
    public long Seed { get; init; }

    /// <summary>Measures.</summary>
    /// <param name="progress">Told the phrases done and wanted.</param>
    /// <param name="cancellationToken">Stops between two images.</param>
    /// <exception cref="CxrOnnxException">A file is wrong.</exception>
    public AttentionResult Measure(Action<int, int>? progress = null, CancellationToken cancellationToken = default)
    {
        ModelConfiguration configuration = ModelConfigurationFile.Load(ConfigPath);
        ImageFolder images = new(Images);
        EvaluationCase[] cases =
        [
            .. AnnotatedImages.Load(new DatasetSource("phantom", Annotations), images, LocationAtlas.Default).Cases.Take(Limit),
        ];
        ClipTokenizer tokenizer = ClipTokenizer.Load(TokenizerPath);
        BundleVocabulary open = new("open", [], [], tokenizer.BosId, tokenizer.EosId, tokenizer.PadId);
        CasePrompts prompts = new(
            Reports is null ? PromptForm.Standard : PromptForm.Report,
            open,
            Reports is null ? null : new CaseReports(Reports, images)
        );
        Dictionary<EvaluationCase, string> words = cases.ToDictionary(item => item, prompts.Of);
        using LatentDiffusionModel model = OpenModel(configuration, tokenizer, words.Values);
        using AutoencoderKL vae = RunFolder.OpenVae(VaePath, configuration);

        int[] layers = [.. Enumerable.Range(0, configuration.UNet.CrossAttentionLayerCount)];
        TokenGroupAttention reader = new(model, layers);
        AttentionTally tally = new(configuration, layers);
        long side = configuration.LatentSide;
        using torch.Generator generator = new((ulong)Seed, torch.CPU);
        using torch.Tensor noise = torch.randn([1, configuration.UNet.InChannels, side, side], generator: generator);
        Dictionary<string, IReadOnlyList<GroupAttention>> generated = [];
        int done = 0;
        foreach (IGrouping<string, EvaluationCase> image in cases.GroupBy(item => item.ImageId))
        {
            cancellationToken.ThrowIfCancellationRequested();
            using DisposeScope scope = torch.NewDisposeScope();
            using IDisposable noGradient = torch.no_grad();
            GrayImage gray = images.Read(image.First()).Image;
            ImageTransform transform = new(gray.Size, configuration.Image.Size);
            torch.Tensor pixels = DeviceTransfer
                .MoveTo(torch.tensor(Preprocessor.ToModelInput(gray, transform)), DeviceTransfer.DeviceOf(vae))
                .view(1, 1, configuration.Image.Size, configuration.Image.Size);
            torch.Tensor states = reader.Invert(vae.Encode(pixels).Mean.Times(configuration.Image.LatentScale));
            foreach (EvaluationCase item in image)
            {
                PixelBox[] boxes = [.. item.Boxes.Select(box => Box(transform.ToModel(box)))];
                IReadOnlyList<GroupAttention> read = reader.Read(states, words[item]);
                tally.Add(read, boxes);
                if (BiasMerging)
                {
                    tally.AddMerged(read, Generated(words[item]), boxes);
                }

                progress?.Invoke(++done, cases.Length);
            }
        }

        return tally.Result(
            CodebookPath is null ? "frozen" : "tuned",
            Reports is null ? "standard prompts" : "sentences of the reports",
            cases.Length
        );

        // Without the image, the same for every image that is asked with these words.
        IReadOnlyList<GroupAttention> Generated(string prompt)
        {
            if (!generated.TryGetValue(prompt, out IReadOnlyList<GroupAttention>? attention))
            {
                attention = generated[prompt] = reader.Read(reader.Generate(prompt, noise.MoveTo(model.Device)), prompt);
            }

            return attention;
        }
    }

    private static PixelBox Box(ModelBox box) => new(box.X, box.Y, box.Width, box.Height);

    private LatentDiffusionModel OpenModel(ModelConfiguration configuration, ClipTokenizer tokenizer, IEnumerable<string> prompts)
    {
        PromptTokenization tokenize = TrainingVocabulary.Tokenization(tokenizer);
        CompactVocabulary vocabulary = new([
            .. TrainingVocabulary.Of(tokenizer).Ids,
            .. prompts.SelectMany(prompt => tokenize(prompt).Ids),
        ]);
        LatentDiffusionModel model = new(configuration, vocabulary, tokenize, seed: 0);
        model.Load(UNetPath, TextEncoderPath);
        if (CodebookPath is not null)
        {
            TextEncoderConfiguration text = configuration.TextEncoder;
            CodebookFile codebook = CodebookFile.Read(CodebookPath, text.VocabSize, text.HiddenSize);
            model.ReplaceRows(codebook.TokenIds, codebook.Rows);
        }

        return model;
    }
}
