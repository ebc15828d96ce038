using System.Text.Json.Serialization;
using CxrOnnx.Core.Configuration;
using CxrOnnx.Core.Diffusion;

namespace CxrOnnx.Core.Bundles;

/// <summary>
/// <c>bundle.json</c>: everything the runtime has to know about a bundle, and the checksum of every other file in it.
/// JSON names are snake case.
/// </summary>
public sealed record BundleManifest
{
    /// <summary>The schema this code writes.</summary>
    public const int CurrentSchemaVersion = 1;

    /// <summary>Schema of this file; a reader refuses versions it does not know.</summary>
    public required int SchemaVersion { get; init; }

    /// <summary>First 16 hexadecimal digits of the SHA-256 over the sorted "path sha256" lines of <see cref="Files"/>.</summary>
    public required string Id { get; init; }

    /// <summary>Tool and version that wrote the bundle.</summary>
    public required string CreatedBy { get; init; }

    /// <summary>The model, its schedule and its grounding settings.</summary>
    public required ModelConfiguration Model { get; init; }

    /// <summary>How an image becomes the model's input.</summary>
    public required BundlePreprocessing Preprocessing { get; init; }

    /// <summary>The inference schedule as numbers, so that no reader has to derive it again.</summary>
    public required BundleSchedule Schedule { get; init; }

    /// <summary>Named ways to ground; <c>exact</c> is always there.</summary>
    public required IReadOnlyDictionary<string, BundlePreset> Presets { get; init; }

    /// <summary>What the text encoder understands.</summary>
    public required BundleVocabulary Vocabulary { get; init; }

    /// <summary>Where the weights come from: checkpoint file names, their SHA-256, training notes. Free-form.</summary>
    public required IReadOnlyDictionary<string, string> Provenance { get; init; }

    /// <summary><c>fp32</c>, <c>fp16</c> or <c>int8</c>.</summary>
    public required string Precision { get; init; }

    /// <summary>
    /// The graphs by name (<c>text_encoder</c>, <c>vae_encoder</c>, <c>denoiser</c>, <c>attention</c>, optionally <c>grounding</c>).
    /// </summary>
    public required IReadOnlyDictionary<string, BundleGraph> Graphs { get; init; }

    /// <summary>
    /// Further graph sets by name, each for certain providers and one precision (<c>cuda</c>); absent where there are none. What a set does
    /// not have is taken from <see cref="Graphs"/>, which any runtime and any provider can run.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, BundleGraphSet>? GraphSets { get; init; }

    /// <summary>Every file of the bundle but <c>bundle.json</c> itself, sorted by path.</summary>
    public required IReadOnlyList<BundleFile> Files { get; init; }
}

/// <summary>Image preprocessing.</summary>
/// <param name="Size">Side of the model's square input in pixels.</param>
/// <param name="Resize">Interpolation of the resize of the shortest side: <c>bilinear</c>.</param>
/// <param name="Antialias">Whether the resize low-passes first (the reference does not).</param>
/// <param name="Crop">Which square is kept: <c>center</c>.</param>
public sealed record BundlePreprocessing(int Size, string Resize, bool Antialias, string Crop);

/// <summary>The inference schedule in inversion order (clean to noisy).</summary>
/// <param name="Spacing"><c>trailing</c>.</param>
/// <param name="Timesteps">Training time step of each inversion step.</param>
/// <param name="AlphasCumprod">Cumulative product of alphas at each of these time steps.</param>
public sealed record BundleSchedule(string Spacing, IReadOnlyList<int> Timesteps, IReadOnlyList<double> AlphasCumprod);

/// <summary>A named way to ground.</summary>
/// <param name="Description">One sentence.</param>
/// <param name="StepRange">First (inclusive) and last (exclusive) inversion step whose attention is used.</param>
/// <param name="StepStride">Every how many-th step of the range is used (1 = all).</param>
/// <param name="Trajectory">How the steps' latents come about: one of <see cref="BundleTrajectory"/>.</param>
/// <param name="Evaluations">U-Net evaluations of a multistep solver up to the last step used; absent for other trajectories.</param>
/// <param name="Seed">Seed of the fixed noise of <see cref="BundleTrajectory.Noising"/>; absent for other trajectories.</param>
/// <param name="Evidence">What makes an evidence map of the attention; absent where the heatmap is the attention's.</param>
public sealed record BundlePreset(
    string Description,
    IReadOnlyList<int> StepRange,
    int StepStride,
    string Trajectory,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? Evaluations = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] long? Seed = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] EvidenceRecipe? Evidence = null
)
{
    /// <summary>Inversion steps whose attention is used, ascending.</summary>
    [JsonIgnore]
    public IReadOnlyList<int> Steps =>
        [.. Enumerable.Range(0, (StepRange[1] - StepRange[0] + StepStride - 1) / StepStride).Select(i => StepRange[0] + (i * StepStride))];

    /// <summary>
    /// The multistep solver of the trajectory, through the time steps of <see cref="Steps"/>; null for a trajectory without.
    /// </summary>
    /// <param name="schedule">The model's schedule.</param>
    /// <param name="timesteps">Its inference steps.</param>
    /// <exception cref="InputException">So many evaluations cannot be placed.</exception>
    public DpmSolverMultistepInversion? Solver(NoiseSchedule schedule, InferenceTimesteps timesteps)
    {
        if (BundleTrajectory.FormOf(Trajectory) is not { } form)
        {
            return null;
        }

        int[] wanted = [.. Steps.Select(k => timesteps[k])];
        IReadOnlyList<int> nodes = DpmSolverMultistepInversion.PlaceNodes(schedule, timesteps[0], wanted, Evaluations ?? 0);
        return new DpmSolverMultistepInversion(schedule, nodes, form);
    }
}

/// <summary>What the text encoder understands.</summary>
/// <param name="Kind">
/// <c>closed</c> (only <paramref name="TokenIds"/>), <c>open</c> (the whole table) or <c>none</c> (no tokenizer in the bundle).
/// </param>
/// <param name="TokenIds">Ids that a closed vocabulary knows, ascending; empty otherwise.</param>
/// <param name="LearnedTokens">Tokens whose embedding was learned by prompt tuning.</param>
/// <param name="BosId">Beginning-of-sequence id.</param>
/// <param name="EosId">End-of-sequence id.</param>
/// <param name="PadId">Padding id.</param>
public sealed record BundleVocabulary(
    string Kind,
    IReadOnlyList<int> TokenIds,
    IReadOnlyList<BundleToken> LearnedTokens,
    int BosId,
    int EosId,
    int PadId
);

/// <summary>One vocabulary entry.</summary>
/// <param name="Id">Token id.</param>
/// <param name="Token">Sub-token text, with <c>&lt;/w&gt;</c> at a word's end.</param>
public sealed record BundleToken(int Id, string Token);

/// <summary>One graph file and its border.</summary>
/// <param name="File">Path inside the bundle.</param>
/// <param name="Inputs">Inputs in order.</param>
/// <param name="Outputs">Outputs in order.</param>
public sealed record BundleGraph(string File, IReadOnlyList<BundleTensor> Inputs, IReadOnlyList<BundleTensor> Outputs);

/// <summary>Graphs made for certain providers and one precision; their weights are theirs alone.</summary>
/// <param name="Providers">Names of the providers it runs on, such as <c>cuda</c>.</param>
/// <param name="Math">The precision it computes in: <c>fp16</c>.</param>
/// <param name="WeightFile">Path of its weights in the bundle, beside its graphs.</param>
/// <param name="Graphs">Its graphs by name.</param>
/// <param name="Tolerances">
/// How far its outputs may be from golden numbers of the reference, by graph: the largest absolute difference; <c>heatmap</c> for finished
/// heatmaps.
/// </param>
public sealed record BundleGraphSet(
    IReadOnlyList<string> Providers,
    string Math,
    string WeightFile,
    IReadOnlyDictionary<string, BundleGraph> Graphs,
    IReadOnlyDictionary<string, double> Tolerances
);

/// <summary>An input or output of a graph.</summary>
/// <param name="Name">Tensor name.</param>
/// <param name="DataType">ONNX element type: <c>float32</c>, <c>int64</c> or, in further graph sets, <c>float16</c>.</param>
/// <param name="Shape">Dimensions: a number, or the name of a symbolic dimension.</param>
public sealed record BundleTensor(string Name, string DataType, IReadOnlyList<string> Shape);

/// <summary>A file of the bundle.</summary>
/// <param name="Path">Path inside the bundle with forward slashes.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Sha256">Lower-case hexadecimal SHA-256.</param>
public sealed record BundleFile(string Path, long Size, string Sha256);
