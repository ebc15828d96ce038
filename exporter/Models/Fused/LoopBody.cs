using CxrOnnx.Exporter.Graph;

namespace CxrOnnx.Exporter.Models.Fused;

/// <summary>The body of an ONNX <c>Loop</c> with a fixed number of rounds.</summary>
/// <param name="Graph">The body.</param>
/// <param name="Module">Names its nodes.</param>
/// <param name="Path">Path of the loop, the beginning of the names of its values.</param>
/// <param name="Round">Number of the round, int64 without dimensions.</param>
/// <param name="Condition">Always true.</param>
internal sealed record LoopBody(GraphBuilder Graph, Module Module, string Path, Value Round, Value Condition)
{
    /// <summary>
    /// Hands the condition on: a loop's first output. The outputs that are carried follow, then those that are collected.
    /// </summary>
    public void GoOn() => Graph.Output($"{Path}/go_on", "bool", Module.Node("Identity", [Condition]), []);

    /// <summary>A value carried from round to round.</summary>
    public Value Carried(string name, IReadOnlyList<string> shape) => Graph.Input($"{Path}/{name}", "float32", shape);

    /// <summary>The next output of the body.</summary>
    public void Output(string name, Value value, params IReadOnlyList<string> shape) => Graph.Output($"{Path}/{name}", value, shape);
}
