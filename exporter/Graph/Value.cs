namespace CxrOnnx.Exporter.Graph;

/// <summary>A tensor inside a graph that is being built: the output of a node, a graph input, a weight or a constant.</summary>
/// <param name="Name">Its name in the graph, unique there.</param>
internal readonly record struct Value(string Name);
