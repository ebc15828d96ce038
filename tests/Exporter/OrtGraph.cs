using CxrOnnx.Core.Artifacts;
using Microsoft.ML.OnnxRuntime;

namespace CxrOnnx.Exporter.Tests;

/// <summary>A float32 or int64 tensor in memory.</summary>
internal sealed record TestTensor(Array Data, long[] Shape)
{
    public float[] Floats => (float[])Data;

    public static TestTensor Of(ITensorFile file, string name)
    {
        TensorInfo info = file.Tensors[name];
        return new TestTensor(info.DataType == TensorDataType.I64 ? file.ReadInt64(name) : file.ReadFloat32(name), [.. info.Shape]);
    }

    /// <summary>Standard normal values.</summary>
    public static TestTensor Random(int seed, params long[] shape)
    {
        Random random = new(seed);
        float[] data = new float[shape.Aggregate(1L, (product, size) => product * size)];
        for (int i = 0; i < data.Length; i++)
        {
            data[i] = (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));
        }

        return new TestTensor(data, shape);
    }
}

/// <summary>One exported graph in ONNX Runtime on the CPU, one thread.</summary>
internal sealed class OrtGraph : IDisposable
{
    public OrtGraph(string path)
    {
        using SessionOptions options = new()
        {
            IntraOpNumThreads = 1,
            InterOpNumThreads = 1,
            // Failures are asserted on; ONNX Runtime need not print them too.
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL,
        };
        Session = new InferenceSession(path, options);
    }

    public InferenceSession Session { get; }

    public IReadOnlyDictionary<string, TestTensor> Run(params (string Name, TestTensor Tensor)[] inputs)
    {
        OrtValue[] values =
        [
            .. inputs.Select(input =>
                input.Tensor.Data is long[] integers
                    ? OrtValue.CreateTensorValueFromMemory(integers, input.Tensor.Shape)
                    : OrtValue.CreateTensorValueFromMemory(input.Tensor.Floats, input.Tensor.Shape)
            ),
        ];
        try
        {
            using RunOptions options = new();
            using IDisposableReadOnlyCollection<OrtValue> outputs = Session.Run(
                options,
                [.. inputs.Select(input => input.Name)],
                values,
                Session.OutputNames
            );
            return Session
                .OutputNames.Zip(outputs)
                .ToDictionary(
                    pair => pair.First,
                    pair => new TestTensor(pair.Second.GetTensorDataAsSpan<float>().ToArray(), pair.Second.GetTensorTypeAndShape().Shape)
                );
        }
        finally
        {
            foreach (OrtValue value in values)
            {
                value.Dispose();
            }
        }
    }

    public void Dispose() => Session.Dispose();
}
