using CxrOnnx.Core.Configuration;
using CxrOnnx.Tests;
using CxrOnnx.Trainer.Data;
using CxrOnnx.Trainer.Training;
using static TorchSharp.torch;

namespace CxrOnnx.Trainer.Tests;

/// <summary>
/// A latent diffusion model and data of a size that trains in a second: 8x8 latents, a vocabulary of 12 ids and 6 positions.
/// </summary>
internal static class ToyModel
{
    public const long Begin = 90,
        End = 91,
        Pad = 0;
    public const int Positions = 6;

    private static readonly string[] Words = ["left", "right", "upper", "lower", "mass", "fluid", "and"];

    public static ModelConfiguration Configuration { get; } =
        new()
        {
            Name = "toy",
            Image = new() { Size = 16, LatentScale = 1 },
            Vae = new()
            {
                InChannels = 1,
                OutChannels = 1,
                NumChannels = [8, 16],
                LatentChannels = 2,
                NumResBlocks = 1,
                NormNumGroups = 4,
            },
            UNet = new()
            {
                InChannels = 2,
                OutChannels = 2,
                NumChannels = [8, 16],
                NumResBlocks = 1,
                AttentionLevels = [false, true],
                NumHeadChannels = [0, 16],
                CrossAttentionDim = 12,
                TransformerNumLayers = 1,
                NormNumGroups = 4,
            },
            TextEncoder = new()
            {
                VocabSize = 100,
                HiddenSize = 12,
                IntermediateSize = 24,
                NumHiddenLayers = 1,
                NumAttentionHeads = 2,
                HiddenAct = "gelu",
                MaxPositionEmbeddings = Positions,
            },
            Scheduler = new()
            {
                NumTrainTimesteps = 100,
                Schedule = "scaled_linear_beta",
                BetaStart = 0.0015,
                BetaEnd = 0.0205,
                PredictionType = "v_prediction",
            },
            Grounding = new()
            {
                NumInferenceSteps = 10,
                StepRange = [4, 6],
                Layers = [1, 2, 3],
                Otsu = false,
                GaussianSigma = 1,
            },
        };

    public static CompactVocabulary Vocabulary => new([Begin, End, Pad, .. Words.Select(IdOf)]);

    public static TokenizedPrompt Tokenize(string text)
    {
        long[] own = [.. text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(IdOf)];
        long[] ids = [Begin, .. own, End, .. Enumerable.Repeat(Pad, Positions - own.Length - 2)];
        return new TokenizedPrompt(ids, [.. Enumerable.Range(1, own.Length)]);
    }

    public static long IdOf(string word) => 10 + (3 * Array.IndexOf(Words, word));

    public static LatentDiffusionModel Create(long seed = 5, Device? device = null) =>
        new(Configuration, Vocabulary, Tokenize, seed, device);

    /// <summary>Latents whose bright corner is what the prompt says.</summary>
    public static LatentDataSet Data(int count, long seed = 1)
    {
        using IDisposable noGrad = no_grad();
        Random random = new((int)seed);
        Tensor latents = zeros(count, 2, 8, 8);
        List<TrainingRecord> records = [];
        for (int i = 0; i < count; i++)
        {
            bool right = random.Next(2) == 1,
                lower = random.Next(2) == 1;
            latents[i, 0, (lower ? 4 : 0)..(lower ? 8 : 4), (right ? 4 : 0)..(right ? 8 : 4)] = 2;
            string location = $"{(right ? "right" : "left")} {(lower ? "lower" : "upper")}";
            records.Add(
                new TrainingRecord
                {
                    Index = i,
                    Findings =
                    [
                        new TrainingFinding
                        {
                            Prompt = $"{location} mass",
                            Pathology = "mass",
                            Locations = [location],
                            Boxes =
                            [
                                [right ? 8 : 0, lower ? 8 : 0, 8, 8],
                            ],
                        },
                    ],
                }
            );
        }

        return new LatentDataSet(latents, records);
    }

    /// <summary>A new empty folder, deleted with the result.</summary>
    public static TemporaryFolder Folder() => new();
}
