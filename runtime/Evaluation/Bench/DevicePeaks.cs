using System.Diagnostics;
using System.Globalization;
using CxrOnnx.Core;
using Microsoft.ML.OnnxRuntime;

namespace CxrOnnx.Evaluation.Bench;

/// <summary>
/// What a GPU reaches where nothing but arithmetic is to be done: chains of convolutions and matrix products that fill it, in fp32, TF32
/// and fp16. Inputs and results stay on the GPU, so that no copy is timed. The best time counts.
/// </summary>
internal static class DevicePeaks
{
    /// <summary>Name of the rate that the share of the peak refers to.</summary>
    public const string StrictConvolution = "3x3 convolution, fp32";

    private const int ChainLength = 8;
    private static readonly TimeSpan Burst = TimeSpan.FromMilliseconds(250);

    /// <summary>Measures.</summary>
    /// <param name="deviceId">Number of the GPU; null: the CPU, where only the code can be tried.</param>
    /// <param name="width">Side of the square matrices; convolutions keep channels in proportion. 4096 fills a large GPU.</param>
    /// <param name="cancellationToken">Stops between two runs.</param>
    /// <returns>GFLOP/s by kind of operation and precision.</returns>
    /// <exception cref="OnnxRuntimeException">The GPU refuses.</exception>
    public static IReadOnlyDictionary<string, double> Measure(int? deviceId, int width, CancellationToken cancellationToken)
    {
        Dictionary<string, double> rates = [];
        int channels = Math.Max(8, width / 8),
            side = Math.Max(4, width / 64);
        foreach (
            (string precision, bool tf32, bool half) in ((string, bool, bool)[])
                [("fp32", false, false), ("tf32", true, false), ("fp16", true, true)]
        )
        {
            if (deviceId is null && tf32 && !half)
            {
                continue;
            }

            rates[$"3x3 convolution, {precision}"] = Rate(
                ProbeModel.Convolutions(channels, side, ChainLength, half),
                [1, channels, side, side],
                2.0 * 9 * channels * channels * side * side
            );
            rates[$"matrix product, {precision}"] = Rate(
                ProbeModel.Products(width, width, ChainLength, half),
                [width, width],
                2.0 * width * width * width
            );

            double Rate(byte[] model, long[] shape, double operations) =>
                Best(model, shape, half, Options(deviceId, tf32), deviceId, cancellationToken) is var seconds
                    ? Math.Round(operations * ChainLength / seconds / 1e9, 1)
                    : 0;
        }

        return rates;
    }

    private static double Best(
        byte[] model,
        long[] shape,
        bool half,
        SessionOptions options,
        int? deviceId,
        CancellationToken cancellationToken
    )
    {
        using SessionOptions owned = options;
        using InferenceSession session = new(model, options);
        using OrtValue input = Input(shape, half);
        using OrtIoBinding binding = session.CreateIoBinding();
        using OrtMemoryInfo memory = deviceId is { } id
            ? new OrtMemoryInfo(OrtMemoryInfo.allocatorCUDA, OrtAllocatorType.DeviceAllocator, id, OrtMemType.Default)
            : new OrtMemoryInfo(OrtMemoryInfo.allocatorCPU, OrtAllocatorType.DeviceAllocator, 0, OrtMemType.Default);

        // Binding copies the input to where the graph wants it, once.
        binding.BindInput("x", input);
        binding.BindOutputToDevice("y", memory);
        using RunOptions run = new();
        session.RunWithBinding(run, binding);
        double best = double.PositiveInfinity;
        for (Stopwatch whole = Stopwatch.StartNew(); whole.Elapsed < Burst || double.IsPositiveInfinity(best); )
        {
            cancellationToken.ThrowIfCancellationRequested();
            long start = Stopwatch.GetTimestamp();
            session.RunWithBinding(run, binding);
            binding.SynchronizeBoundOutputs();
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        return best;
    }

    private static SessionOptions Options(int? deviceId, bool tf32)
    {
        SessionOptions options = new() { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR };
        if (deviceId is { } id)
        {
            using OrtCUDAProviderOptions cuda = new();
            cuda.UpdateOptions(
                new Dictionary<string, string>
                {
                    ["device_id"] = id.ToString(CultureInfo.InvariantCulture),
                    ["use_tf32"] = tf32 ? "1" : "0",
                    ["cudnn_conv_algo_search"] = "EXHAUSTIVE",
                    ["prefer_nhwc"] = "1",
                }
            );
            options.AppendExecutionProvider_CUDA(cuda);
        }

        return options;
    }

    private static OrtValue Input(long[] shape, bool half)
    {
        Random random = new(2);
        long count = shape.Aggregate(1L, (product, side) => product * side);
        if (count > Array.MaxLength)
        {
            throw new InputException($"a probe of {count} numbers is too large");
        }

        float[] values = new float[count];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = (float)((2 * random.NextDouble()) - 1);
        }

        return half
            ? OrtValue.CreateTensorValueFromMemory(Array.ConvertAll(values, value => (Float16)value), shape)
            : OrtValue.CreateTensorValueFromMemory(values, shape);
    }
}
