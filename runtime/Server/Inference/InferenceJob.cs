using System.Diagnostics;
using CxrOnnx.Grounding.Sessions;
using CxrOnnx.Server.Metrics;
using CxrOnnx.Server.Models;
using CxrOnnx.Server.Work;

namespace CxrOnnx.Server.Inference;

/// <summary>One run of a graph that waits for a worker.</summary>
internal sealed class InferenceJob(ServedModel model, string graph, InferenceRequest request, ServiceMetrics metrics) : WorkItem
{
    private readonly TaskCompletionSource<IReadOnlyList<GraphTensor>> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The outputs, in the order in which they were wanted.</summary>
    public Task<IReadOnlyList<GraphTensor>> Completion => _completion.Task;

    public override void Cancel() => _completion.TrySetCanceled(CancellationToken);

    public override int Run(WorkQueue queue, int worker)
    {
        if (!model.TryAcquire())
        {
            Cancel();
            return 1;
        }

        using ModelLease lease = new(model);
        metrics.QueueWait.Record(Age.TotalSeconds);
        try
        {
            long start = Stopwatch.GetTimestamp();
            IReadOnlyList<GraphTensor> outputs = model
                .On(worker)
                .Run(
                    graph,
                    [.. request.Inputs.Select(input => input.Numbers!)],
                    [.. request.Outputs.Select(output => output.Name)],
                    CancellationToken
                );
            metrics.Stage("infer", Stopwatch.GetElapsedTime(start));
            _completion.TrySetResult(outputs);
        }
        catch (OperationCanceledException)
        {
            Cancel();
        }
        catch (Exception exception)
        {
            _completion.TrySetException(exception);
        }

        return 1;
    }
}
