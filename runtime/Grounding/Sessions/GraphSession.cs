using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Bundles;
using Microsoft.ML.OnnxRuntime;

namespace CxrOnnx.Grounding.Sessions;

/// <summary>One graph, ready to run. Thread-safe; runs synchronously (ONNX Runtime's own asynchronous run is known to crash).</summary>
internal sealed class GraphSession : IDisposable
{
    private readonly InferenceSession _session;
    private readonly HashSet<int> _recordings = [];

    public GraphSession(string name, BundleGraph graph, InferenceSession session, bool records)
    {
        Name = name;
        Graph = graph;
        Records = records;
        _session = session;
    }

    /// <summary>Name of the graph in the manifest.</summary>
    public string Name { get; }

    /// <summary>Its file, inputs and outputs.</summary>
    public BundleGraph Graph { get; }

    /// <summary>Whether calls may be recorded, where the provider can.</summary>
    public bool Records { get; }

    /// <summary>Runs the graph into memory that is already there.</summary>
    /// <param name="inputs">All inputs of the graph.</param>
    /// <param name="outputs">The outputs wanted, with their exact shapes; overwritten.</param>
    /// <param name="cancellationToken">Stops between two operators of the graph.</param>
    /// <exception cref="ArtifactException">ONNX Runtime refuses the shapes or fails.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public void Run(IReadOnlyList<GraphTensor> inputs, IReadOnlyList<GraphTensor> outputs, CancellationToken cancellationToken)
    {
        List<OrtValue> values = [];
        try
        {
            foreach (GraphTensor tensor in inputs.Concat(outputs))
            {
                values.Add(tensor.ToOrtValue());
            }

            Guarded(
                options =>
                    _session.Run(
                        options,
                        [.. inputs.Select(tensor => tensor.Name)],
                        values[..inputs.Count],
                        [.. outputs.Select(tensor => tensor.Name)],
                        values[inputs.Count..]
                    ),
                cancellationToken
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

    /// <summary>Runs the graph and returns outputs whose shapes it decides.</summary>
    /// <param name="inputs">All inputs of the graph.</param>
    /// <param name="outputNames">The outputs wanted.</param>
    /// <param name="cancellationToken">Stops between two operators of the graph.</param>
    /// <exception cref="ArtifactException">ONNX Runtime refuses the shapes or fails.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public IReadOnlyList<GraphTensor> Run(
        IReadOnlyList<GraphTensor> inputs,
        IReadOnlyList<string> outputNames,
        CancellationToken cancellationToken
    )
    {
        List<OrtValue> values = [];
        try
        {
            foreach (GraphTensor tensor in inputs)
            {
                values.Add(tensor.ToOrtValue());
            }

            List<GraphTensor> results = [];
            Guarded(
                options =>
                {
                    using IDisposableReadOnlyCollection<OrtValue> outputs = _session.Run(
                        options,
                        [.. inputs.Select(tensor => tensor.Name)],
                        values,
                        outputNames
                    );
                    for (int i = 0; i < outputNames.Count; i++)
                    {
                        long[] shape = outputs[i].GetTensorTypeAndShape().Shape;
                        results.Add(GraphTensor.Float32(outputNames[i], outputs[i].GetTensorDataAsSpan<float>().ToArray(), shape));
                    }
                },
                cancellationToken
            );
            return results;
        }
        finally
        {
            foreach (OrtValue value in values)
            {
                value.Dispose();
            }
        }
    }

    /// <summary>
    /// Takes a number for a recording. Under a number that is taken ONNX Runtime would replay the other recording, with its buffers, and
    /// say nothing.
    /// </summary>
    /// <exception cref="InvalidOperationException">The number is taken.</exception>
    public void TakeRecording(int number)
    {
        if (!_recordings.Add(number))
        {
            throw new InvalidOperationException(FormattableString.Invariant($"{Name}: recording {number} is there already"));
        }
    }

    /// <summary>A binding of the graph's inputs and outputs to values in the provider's memory.</summary>
    public OrtIoBinding Bind() => _session.CreateIoBinding();

    /// <summary>Runs the graph on a binding.</summary>
    /// <exception cref="ArtifactException">ONNX Runtime refuses the shapes or fails.</exception>
    public void Run(OrtIoBinding binding, RunOptions options)
    {
        try
        {
            _session.RunWithBinding(options, binding);
        }
        catch (OnnxRuntimeException error)
        {
            throw new ArtifactException($"{Graph.File}: {error.Message.Split('\n', 2)[0].Trim()}", error);
        }
    }

    /// <summary>The memory of the GPU that the session runs on.</summary>
    public CudaMemory OpenCudaMemory(int device) => new(_session, device);

    /// <summary>Ends the session's profile and returns its file.</summary>
    public string EndProfiling() => _session.EndProfiling();

    public void Dispose() => _session.Dispose();

    private void Guarded(Action<RunOptions> run, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using RunOptions options = new();
        using CancellationTokenRegistration registration = cancellationToken.Register(() => options.Terminate = true);
        try
        {
            CaptureGate.Work(() =>
            {
                run(options);
                return true;
            });
        }
        catch (OnnxRuntimeException error)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw new ArtifactException($"{Graph.File}: {error.Message.Split('\n', 2)[0].Trim()}", error);
        }
    }
}
