using BenchmarkDotNet.Attributes;
using CxrOnnx.Core.Geometry;
using CxrOnnx.Core.Heatmaps;
using CxrOnnx.Core.Preprocessing;
using CxrOnnx.Core.Tokenization;

namespace CxrOnnx.Benchmarks;

/// <summary>What the runtime computes itself, between two calls of ONNX Runtime, at the published model's sizes.</summary>
[MemoryDiagnoser]
public class InnerLoops
{
    private const int ModelSize = 512;
    private const int ContextLength = 77;

    private static readonly GridSize Latents = new(64, 64);
    private static readonly GridSize Attention = new(32, 32);
    private static readonly int[] Positions = [1, 2, 3];

    private readonly GrayImage _radiograph = new(2500, 2048, Noise(2500 * 2048));
    private readonly float[] _attention = Noise(Attention.CellCount * ContextLength);
    private readonly float[] _smallMap = Noise(Attention.CellCount);
    private readonly float[] _map = Noise(ModelSize * ModelSize);
    private readonly float[] _enlarged = new float[ModelSize * ModelSize];
    private readonly AttentionAggregation _aggregation = new(Latents);
    private readonly GaussianFilter _filter = new(2.5);
    private ClipTokenizer _tokenizer = null!;

    /// <summary>Opens the vocabulary.</summary>
    [GlobalSetup]
    public void Open() => _tokenizer = ClipTokenizer.Load(TokenizerFolder());

    /// <summary>A phrase to token ids.</summary>
    [Benchmark]
    public TokenizedText Tokenize() => _tokenizer.Encode("small left-sided pleural effusion with adjacent atelectasis");

    /// <summary>A radiograph of 2500 x 2048 pixels to the model's square.</summary>
    [Benchmark]
    public float[] Preprocess() => Preprocessor.ToModelInput(_radiograph, ModelSize);

    /// <summary>One map from 32 x 32 to 512 x 512.</summary>
    [Benchmark]
    public void ResizeBilinear() => BilinearResampler.Resize(_smallMap, Attention, _enlarged, new(ModelSize, ModelSize));

    /// <summary>One layer's attention of one step: mean over the phrase's tokens, min-max, added to its size's sum.</summary>
    [Benchmark]
    public void AggregateAttention() => _aggregation.Add(_attention, Attention, Positions);

    /// <summary>The blur of the finished map, 512 x 512, sigma 2.5.</summary>
    [Benchmark]
    public void BlurGaussian() => _filter.Apply(_map, new(ModelSize, ModelSize));

    private static float[] Noise(int length)
    {
        Random random = new(1);
        float[] values = new float[length];
        foreach (ref float value in values.AsSpan())
        {
            value = random.NextSingle();
        }

        return values;
    }

    private static string TokenizerFolder()
    {
        // BenchmarkDotNet runs a copy of this program deep below the project's own output.
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string tokenizer = Path.Combine(folder.FullName, "models", "tokenizer");
            if (Directory.Exists(tokenizer))
            {
                return tokenizer;
            }
        }

        throw new DirectoryNotFoundException($"no models/tokenizer above {AppContext.BaseDirectory}");
    }
}
