using Microsoft.ML.OnnxRuntime;

namespace CxrOnnx.Exporter.Tests.Dialects;

/// <summary>The graphs of a set for CUDA, composed: time table and keys first, then the graph that takes them.</summary>
internal sealed class SplitUNet(string bundle, string prefix = "cuda/") : IDisposable
{
    private readonly Dictionary<string, InferenceSession> _sessions = [];

    /// <summary>Runs the denoiser or the attention graph of the set on the inputs of the plain one.</summary>
    public IReadOnlyDictionary<string, TestTensor> Run(
        string file,
        TestTensor sample,
        TestTensor timestep,
        TestTensor states,
        bool tokenMaps = false
    )
    {
        using OrtValue samples = Of(sample);
        using OrtValue timesteps = Of(timestep);
        using OrtValue contexts = Of(states);
        using IDisposableReadOnlyCollection<OrtValue> table = Call("unet_time_table.onnx", [("timestep", timesteps)]);
        using IDisposableReadOnlyCollection<OrtValue> keys = Call("unet_prompt_keys.onnx", [("encoder_hidden_states", contexts)]);
        using OrtValue step = Of(Count(sample.Shape[0]));
        using OrtValue prompt = Of(Count(states.Shape[0]));
        using OrtValue unit = Of(Unit(states.Shape[0], states.Shape[1]));
        List<(string, OrtValue)> inputs =
        [
            ("sample", samples),
            ("step", step),
            ("shifts", table[0]),
            ("prompt", prompt),
            .. KeyNames.Zip(keys),
        ];
        if (tokenMaps)
        {
            inputs.Add(("token_weights", unit));
        }

        using IDisposableReadOnlyCollection<OrtValue> outputs = Call(file, inputs);
        return Session(file).OutputNames.Zip(outputs).ToDictionary(pair => pair.First, pair => Read(pair.Second));
    }

    /// <summary>Carries out one step; every image is at the same.</summary>
    public (TestTensor State, long[] Step) Step(TestTensor state, long step, long[] timesteps, TestTensor coefficients, TestTensor states)
    {
        using OrtValue stateValue = Of(state);
        using OrtValue stepValue = Of(new TestTensor(Enumerable.Repeat(step, (int)state.Shape[0]).ToArray(), [state.Shape[0]]));
        using OrtValue coefficientValue = Of(coefficients);
        using OrtValue contexts = Of(states);
        using OrtValue times = Of(new TestTensor(timesteps, [timesteps.Length]));
        using IDisposableReadOnlyCollection<OrtValue> table = Call("unet_time_table.onnx", [("timestep", times)]);
        using IDisposableReadOnlyCollection<OrtValue> keys = Call("unet_prompt_keys.onnx", [("encoder_hidden_states", contexts)]);
        using IDisposableReadOnlyCollection<OrtValue> outputs = Call(
            "unet_step.onnx",
            [("state", stateValue), ("step", stepValue), ("coefficients", coefficientValue), ("shifts", table[0]), .. KeyNames.Zip(keys)]
        );
        return (Read(outputs[0]), outputs[1].GetTensorDataAsSpan<long>().ToArray());
    }

    public void Dispose()
    {
        foreach (InferenceSession session in _sessions.Values)
        {
            session.Dispose();
        }
    }

    private IEnumerable<string> KeyNames => Session("unet_prompt_keys.onnx").OutputNames;

    private IDisposableReadOnlyCollection<OrtValue> Call(string file, IReadOnlyList<(string Name, OrtValue Value)> inputs)
    {
        InferenceSession session = Session(file);
        (string Name, OrtValue Value)[] taken = [.. inputs.Where(input => session.InputNames.Contains(input.Name))];
        using RunOptions options = new();
        return session.Run(options, [.. taken.Select(i => i.Name)], [.. taken.Select(i => i.Value)], session.OutputNames);
    }

    private InferenceSession Session(string file)
    {
        if (!_sessions.TryGetValue(file, out InferenceSession? session))
        {
            using SessionOptions options = new() { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL };
            _sessions.Add(file, session = new InferenceSession(Path.Combine(bundle, prefix + file), options));
        }

        return session;
    }

    private static OrtValue Of(TestTensor tensor) =>
        tensor.Data is long[] integers
            ? OrtValue.CreateTensorValueFromMemory(integers, tensor.Shape)
            : OrtValue.CreateTensorValueFromMemory(tensor.Floats, tensor.Shape);

    private static TestTensor Read(OrtValue value) =>
        new(value.GetTensorDataAsSpan<float>().ToArray(), value.GetTensorTypeAndShape().Shape);

    private static TestTensor Count(long count) => new(Enumerable.Range(0, (int)count).Select(i => (long)i).ToArray(), [count]);

    private static TestTensor Unit(long prompts, long tokens)
    {
        float[] values = new float[prompts * tokens * tokens];
        for (long prompt = 0; prompt < prompts; prompt++)
        {
            for (long token = 0; token < tokens; token++)
            {
                values[(prompt * tokens * tokens) + (token * (tokens + 1))] = 1;
            }
        }

        return new TestTensor(values, [prompts, tokens, tokens]);
    }
}
