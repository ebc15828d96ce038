namespace CxrOnnx.Evaluation.Bench;

/// <summary>The time of one kind of operator in one graph.</summary>
/// <param name="Graph">Name of the graph.</param>
/// <param name="Operator">Kind of operator, as ONNX Runtime runs it after its optimisations.</param>
/// <param name="Calls">Calls in one run.</param>
/// <param name="Seconds">Wall time of all calls.</param>
/// <param name="Share">Share in the time of all operators of all graphs, 0 to 1.</param>
/// <param name="Gflop">
/// Multiplications and additions of convolutions and matrix products, from the tensors' shapes, in 10^9; null for other operators.
/// </param>
/// <param name="Gflops">Achieved rate, in GFLOP/s; null likewise.</param>
public sealed record OperatorTime(string Graph, string Operator, int Calls, double Seconds, double Share, double? Gflop, double? Gflops);
