using CxrOnnx.Core.Bundles;
using CxrOnnx.Core.Evidence;

namespace CxrOnnx.Trainer.Golden;

/// <summary>What golden cases of evidence maps are computed with.</summary>
/// <param name="File">What <c>cxr-lab evidence</c> learned; its text goes into the golden file's metadata.</param>
/// <param name="Attention">The preset whose attention it was learned with, as a bundle of the model has it.</param>
public sealed record GoldenEvidence(EvidenceFile File, BundlePreset Attention);
