using TorchSharp;

namespace CxrOnnx.Trainer.Models.UNet;

/// <summary>
/// Which cross-attention maps one evaluation shall give, and the maps collected so far. Travels through the blocks; a block that returns
/// null has stopped because every wanted map is there.
/// </summary>
internal sealed class AttentionRequest(IReadOnlyCollection<int> layers, bool stopAfterLast, DisposeScope owner)
{
    private readonly HashSet<int> _wanted = [.. layers];
    private readonly int _lastLayer = stopAfterLast ? layers.DefaultIfEmpty(-1).Max() : -1;

    public Dictionary<int, torch.Tensor> Maps { get; } = [];

    public bool Wants(int layer) => _wanted.Contains(layer);

    public bool StopsAt(int layer) => layer == _lastLayer;

    /// <summary>Keeps a map beyond the scopes of the blocks it comes from.</summary>
    public void Keep(int layer, torch.Tensor map) => Maps.Add(layer, map.MoveToOtherDisposeScope(owner));
}
