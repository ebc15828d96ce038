using CxrOnnx.Core;
using CxrOnnx.Server.Configuration;
using CxrOnnx.Server.Metrics;
using CxrOnnx.Server.Problems;

namespace CxrOnnx.Server.Models;

/// <summary>The served models by name. The set is fixed at the start; each can be loaded again.</summary>
internal sealed class ModelRegistry : IDisposable
{
    /// <summary>Names of the graphs, which stand for the default model's in the Open Inference Protocol.</summary>
    private static readonly string[] Reserved =
    [
        "text_encoder",
        "vae_encoder",
        "denoiser",
        "attention",
        "grounding",
        "grounding_evidence",
        "pipeline",
    ];

    private readonly ServiceMetrics _metrics;
    private readonly ModelLoader _loader;

    public ModelRegistry(ServiceOptions options, ModelLoader loader, ServiceMetrics metrics)
    {
        _loader = loader;
        _metrics = metrics;
        Slots = [.. options.Bundles.Select(Slot)];
        foreach (IGrouping<string, ModelSlot> same in Slots.GroupBy(slot => slot.Name).Where(group => group.Count() > 1))
        {
            throw new InputException($"two bundles would be served as '{same.Key}'; name them with `bundle` NAME=DIR");
        }

        foreach (ModelSlot slot in Slots)
        {
            metrics.Model(slot.Name, null, null);
        }
    }

    /// <summary>All models; the first is the default.</summary>
    public IReadOnlyList<ModelSlot> Slots { get; }

    /// <summary>Whether every model is served.</summary>
    public bool IsReady => Slots.All(slot => slot.Current is not null);

    /// <summary>A model by name; the default for null or an empty name.</summary>
    /// <exception cref="ProblemException">404: there is none of this name.</exception>
    public ModelSlot Find(string? name) =>
        string.IsNullOrEmpty(name)
            ? Slots[0]
            : Slots.FirstOrDefault(slot => slot.Name == name)
                ?? throw ProblemException.NotFound(
                    "model-unknown",
                    $"there is no model of this name; there are {string.Join(", ", Slots.Select(slot => slot.Name))}"
                );

    /// <summary>The right to use a model.</summary>
    /// <exception cref="ProblemException">404: there is none of this name; 503: it is not ready.</exception>
    public ModelLease Acquire(string? name)
    {
        ModelSlot slot = Find(name);
        return slot.TryAcquire()
            ?? throw ProblemException.NotReady(
                slot.State == ModelState.Failed
                    ? $"model {slot.Name} cannot be served: {slot.Problem}"
                    : $"model {slot.Name} is being loaded and verified"
            );
    }

    /// <summary>Loads a model (again) and verifies it; what is served stays where that fails.</summary>
    public async Task<bool> LoadAsync(ModelSlot slot)
    {
        ServedBundle? before = slot.Current?.Description;
        bool loaded = await slot.LoadAsync(() => _loader.Load(slot));
        _loader.Report(slot, loaded);
        _metrics.Model(slot.Name, before, slot.Current?.Description);
        return loaded;
    }

    public void Dispose()
    {
        foreach (ModelSlot slot in Slots)
        {
            slot.Close();
        }
    }

    private static ModelSlot Slot(string bundle)
    {
        int equals = bundle.IndexOf('=', StringComparison.Ordinal);
        bool named = equals > 0 && !File.Exists(bundle) && !Directory.Exists(bundle);
        string path = Path.GetFullPath(named ? bundle[(equals + 1)..] : bundle);
        string name = named ? bundle[..equals] : Path.GetFileName(path.TrimEnd(Path.DirectorySeparatorChar));
        if (!named && name.EndsWith(".cxrb", StringComparison.OrdinalIgnoreCase))
        {
            name = name[..^5];
        }

        if (!Directory.Exists(path) && !File.Exists(path))
        {
            throw new InputException($"{path}: no such bundle; want a folder written by 'cxr-lab export' or a .cxrb file");
        }

        if (name.Length is 0 or > 100 || !name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' or '.'))
        {
            throw new InputException(
                $"model name '{name}': want letters, digits, '-', '_' and '.'; name the bundle with `bundle` NAME=DIR"
            );
        }

        return Reserved.Contains(name)
            ? throw new InputException($"model name '{name}' stands for a graph; name the bundle otherwise with `bundle` NAME=DIR")
            : new ModelSlot(name, path);
    }
}
