using System.Diagnostics;
using CxrOnnx.Grounding.Sessions;
using Microsoft.ML.OnnxRuntime;

namespace CxrOnnx.Evaluation.Bench;

/// <summary>
/// What ONNX Runtime reaches on this machine where nothing but arithmetic is to be done: chains of 3x3 convolutions of the published
/// U-Net's sizes and of matrix products. The best time counts; other programs on the machine only make it worse.
/// </summary>
public sealed class ComputeProbe : IDisposable
{
    private const int ChainLength = 4;
    private static readonly TimeSpan Burst = TimeSpan.FromMilliseconds(300);

    private readonly BenchClock _clock;
    private readonly List<(
        string Name,
        InferenceSession Session,
        float[] Input,
        long[] Shape,
        double Operations,
        bool Convolution
    )> _probes = [];

    /// <summary>Prepares the probes.</summary>
    /// <param name="clock">Takes the times.</param>
    /// <param name="provider">What to run on.</param>
    /// <param name="threads">Threads of an operator; 0 = one per physical core.</param>
    public ComputeProbe(BenchClock clock, ProviderChoice provider, int threads = 0)
    {
        _clock = clock;
        foreach ((int channels, int side) in ((int, int)[])[(256, 64), (512, 32), (768, 16)])
        {
            Add(
                $"3x3 convolution, {channels} channels, {side}x{side}",
                ProbeModel.Convolutions(channels, side, ChainLength),
                [1, channels, side, side],
                2.0 * 9 * channels * channels * side * side,
                true
            );
        }

        Add("matrix product 1024x1024x1024", ProbeModel.Products(1024, 1024, ChainLength), [1024, 1024], 2.0 * 1024 * 1024 * 1024, false);

        void Add(string name, byte[] model, long[] shape, double operations, bool convolution)
        {
            using SessionOptions options = new() { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR };
            if (threads > 0)
            {
                options.IntraOpNumThreads = threads;
            }

            provider.Append(options);
            Random random = new(2);
            float[] input = new float[shape.Aggregate(1L, (product, side) => product * side)];
            for (int i = 0; i < input.Length; i++)
            {
                input[i] = (float)((2 * random.NextDouble()) - 1);
            }

            _probes.Add((name, new InferenceSession(model, options), input, shape, operations * ChainLength, convolution));
            Rates[name] = 0;
        }
    }

    /// <summary>Best rate so far by probe, in GFLOP/s.</summary>
    public Dictionary<string, double> Rates { get; } = [];

    /// <summary>Best rate of the convolutions, in GFLOP/s; 0 before the first burst.</summary>
    public double Convolution => _probes.Where(probe => probe.Convolution).Max(probe => Rates[probe.Name]);

    /// <summary>Best rate of all, in GFLOP/s.</summary>
    public double Peak => Rates.Values.Max();

    /// <summary>Runs every probe for a moment; call it before, between and after what is measured.</summary>
    public void RunBurst(CancellationToken cancellationToken)
    {
        foreach ((string name, InferenceSession session, float[] input, long[] shape, double operations, _) in _probes)
        {
            using OrtValue value = OrtValue.CreateTensorValueFromMemory(input, shape);
            Stopwatch whole = Stopwatch.StartNew();
            while (whole.Elapsed < Burst)
            {
                cancellationToken.ThrowIfCancellationRequested();
                using RunOptions options = new();
                double seconds = _clock.Time(() => session.Run(options, ["x"], [value], ["y"]).Dispose());
                Rates[name] = Math.Max(Rates[name], operations / seconds / 1e9);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach ((_, InferenceSession session, _, _, _, _) in _probes)
        {
            session.Dispose();
        }
    }
}
