using CxrOnnx.Checkpoints;
using CxrOnnx.Checkpoints.StateDicts;
using CxrOnnx.Core;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Bundles;
using CxrOnnx.Core.Confidence;
using CxrOnnx.Core.Configuration;
using CxrOnnx.Core.Diffusion;
using CxrOnnx.Core.Evidence;
using CxrOnnx.Exporter.Dialects;
using CxrOnnx.Exporter.Graph;
using CxrOnnx.Exporter.Models;
using CxrOnnx.Exporter.Models.Fused;
using CxrOnnx.Exporter.Quantization;
using CxrOnnx.Exporter.Vocabularies;
using Google.Protobuf;

namespace CxrOnnx.Exporter;

/// <summary>
/// Configuration and checkpoints in, bundle out. Graphs are built from the configuration; weights are streamed from the checkpoints into
/// <c>weights.safetensors</c> one tensor at a time. The same inputs give the same bytes.
/// </summary>
public static class BundleExporter
{
    /// <summary>Writes a bundle.</summary>
    /// <exception cref="InputException">An option cannot be used, or the output folder must not be overwritten.</exception>
    /// <exception cref="ConfigurationException">The model configuration is wrong; every problem is listed.</exception>
    /// <exception cref="ArtifactException">A checkpoint is damaged or does not fit the configuration; every mismatch is listed.</exception>
    public static BundleExportResult Export(BundleExportOptions options)
    {
        BundleExportRules.Check(options);
        Action<string> progress = options.Progress ?? (_ => { });
        ModelConfiguration model = ModelConfigurationFile.Load(options.ConfigurationPath);
        if (options.GroundingPath is { } grounding)
        {
            model = ModelConfigurationFile.WithGrounding(model, grounding);
        }

        ConfidenceCalibration? confidence = options.ConfidencePath is null ? null : ConfidenceFile.Read(options.ConfidencePath);
        EvidenceFile? evidence = options.EvidencePath is null ? null : EvidenceFile.Read(options.EvidencePath);
        List<string> notes = [];
        BundleExportRules.CheckGolden(options, evidence, notes);
        IReadOnlyDictionary<string, BundlePreset> presets = Presets.Of(model.Grounding);
        if (evidence is not null)
        {
            presets = EvidencePreset.AddTo(presets, evidence, options.EvidencePath!);
            BundleExportRules.CheckEvidence(options, evidence, presets, model);
        }

        if (options.TritonPath is not null)
        {
            TritonRepository.CheckPlace(options.TritonPath, model.Name, evidence is not null);
        }

        progress("checking the checkpoints");
        using ITensorFile unet = Open(options.UNetPath, UNetStateDict.Shapes(model.UNet), notes);
        using ITensorFile vae = Open(options.VaePath, VaeStateDict.Shapes(model.Vae), notes);
        using ITensorFile text = Open(options.TextEncoderPath, TextEncoderStateDict.Shapes(model.TextEncoder), notes);
        ExportVocabulary vocabulary = ExportVocabulary.Resolve(
            options.TokenizerPath,
            options.CodebookPath,
            options.Vocabulary,
            model.TextEncoder
        );
        notes.AddRange(vocabulary.Notes);
        using TextEncoderWithVocabulary textEncoder = new(text, vocabulary.ClosedIds, vocabulary.Codebook);
        Dictionary<string, ITensorFile> parts = new()
        {
            [TextEncoderGraph.Part] = textEncoder,
            [VaeEncoderGraph.Part] = vae,
            [UNetGraph.Part] = unet,
        };

        using OutputFolder output = new(options.OutputPath, options.Force);
        progress("computing the inputs' checksums");
        Provenance provenance = Provenance.Of(options, model, vocabulary.Identity, parts);
        List<OnnxGraph> graphs = BuildGraphs(model, parts, vocabulary, provenance, options, presets);
        StoredWeight[] weights = [.. graphs.SelectMany(graph => graph.Weights).DistinctBy(weight => weight.Name)];
        progress(FormattableString.Invariant($"writing {weights.Sum(weight => weight.ByteCount) / (1024 * 1024.0):F1} MiB of weights"));
        IReadOnlyDictionary<string, long> offsets = new WeightFile(parts).Write(
            Path.Combine(output.Temporary, BundleLayout.WeightFile),
            weights
        );
        foreach (OnnxGraph graph in graphs)
        {
            graph.PlaceWeights(BundleLayout.WeightFile, offsets);
            AtomicFile.Write(Path.Combine(output.Temporary, graph.Signature.File), graph.Model.WriteTo);
        }

        IReadOnlyDictionary<string, BundleGraphSet>? cuda = options.Cuda
            ? new CudaGraphSets(output.Temporary, model, provenance, options.CudaDialect, progress: progress).Write(
                parts,
                Weights(UNetGraph.Part, parts, options),
                offsets
            )
            : null;
        vocabulary.CopyTokenizer(output.Temporary);
        CopyOptional(options.AtlasPath, output.Temporary, BundleLayout.AtlasFile);
        CopyOptional(options.GoldenPath, output.Temporary, BundleLayout.GoldenFile);
        if (confidence is not null)
        {
            confidence.CheckWeights(Sha256.OfFile(Path.Combine(output.Temporary, BundleLayout.WeightFile)), options.ConfidencePath!);
            CopyOptional(options.ConfidencePath, output.Temporary, ConfidenceCalibration.FileName);
        }

        if (options.PhrasesPath is not null)
        {
            string sha256 = Sha256.OfFile(Path.Combine(output.Temporary, BundleLayout.WeightFile));
            StoredPhraseFile
                .Open(options.PhrasesPath, sha256, model.TextEncoder.MaxPositionEmbeddings, model.UNet.CrossAttentionDim)
                .Dispose();
            CopyOptional(options.PhrasesPath, output.Temporary, StoredPhraseFile.FileName);
        }

        evidence?.CheckWeights(Sha256.OfFile(Path.Combine(output.Temporary, BundleLayout.WeightFile)), options.EvidencePath!);
        BundleManifest draft = Describe(model, vocabulary, provenance, graphs, presets, options.Precision) with { GraphSets = cuda };

        WriteModelCard(output.Temporary, draft, weights);
        progress("sealing the bundle");
        BundleManifest manifest = BundleManifestFile.Seal(output.Temporary, draft);
        output.Commit();
        if (options.TritonPath is not null)
        {
            progress("writing the Triton model repository");
            IReadOnlyList<string> names = TritonRepository.Write(options.TritonPath, options.OutputPath, manifest);
            notes.Add(
                $"{options.TritonPath}: a Triton model repository with the model {string.Join(" and ", names)} (tritonserver "
                    + $"--model-repository {options.TritonPath})"
            );
        }

        return new BundleExportResult(options.OutputPath, manifest, notes);
    }

    /// <summary>Finds out before long work that the output folder can be written.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="force">Whether a bundle that is already there may be replaced.</param>
    /// <exception cref="InputException">It cannot.</exception>
    public static void CheckOutput(string path, bool force)
    {
        using OutputFolder output = new(path, force);
    }

    private static ITensorFile Open(string path, IReadOnlyDictionary<string, IReadOnlyList<long>> expected, List<string> notes)
    {
        ITensorFile file = CheckpointFile.Open(path);
        try
        {
            NormalizedStateDict normalized = StateDict.Normalize(file);
            StateDict.Check(normalized, expected);
            notes.AddRange(normalized.Notes.Select(note => $"{path}: {note}"));
            return normalized;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private static PartWeights Weights(string part, Dictionary<string, ITensorFile> parts, BundleExportOptions options) =>
        new(part, parts[part].Tensors.ToDictionary(entry => entry.Key, entry => entry.Value.Shape))
        {
            Encoding = options.Precision == "fp16" ? WeightEncoding.Float16 : WeightEncoding.Float32,
            Plan = options.Quantization,
        };

    private static List<OnnxGraph> BuildGraphs(
        ModelConfiguration model,
        Dictionary<string, ITensorFile> parts,
        ExportVocabulary vocabulary,
        Provenance provenance,
        BundleExportOptions options,
        IReadOnlyDictionary<string, BundlePreset> presets
    )
    {
        PartWeights Weights(string part) => BundleExporter.Weights(part, parts, options);
        List<ObservedLayer>? observed = options.Observed is null ? null : [];
        OnnxGraph Finish(string name, GraphBuilder graph) => provenance.Seal(name, graph, model);

        List<OnnxGraph> graphs =
        [
            Finish(
                BundleLayout.TextEncoder,
                TextEncoderGraph.Build(model.TextEncoder, Weights(TextEncoderGraph.Part), vocabulary.ClosedIds)
            ),
            Finish(
                BundleLayout.VaeEncoder,
                VaeEncoderGraph.Build(PlainDialect.Instance, model.Vae, model.Image.LatentScale, Weights(VaeEncoderGraph.Part))
            ),
            Finish(BundleLayout.Denoiser, UNetGraph.Denoiser(model.UNet, Weights(UNetGraph.Part) with { Observed = observed })),
            Finish(BundleLayout.Attention, UNetGraph.AttentionMaps(model.UNet, Weights(UNetGraph.Part), model.Grounding.Layers)),
        ];
        foreach (ObservedLayer layer in observed ?? [])
        {
            options.Observed!.Add(layer);
        }

        if (options.Fused)
        {
            graphs.Add(Finish(BundleLayout.Grounding, GroundingGraph.Build(model, presets["exact"], Weights, vocabulary.ClosedIds)));
            if (presets.TryGetValue(EvidencePreset.Name, out BundlePreset? preset))
            {
                graphs.Add(Finish(BundleLayout.GroundingEvidence, EvidenceGraph.Build(model, preset, Weights, vocabulary.ClosedIds)));
            }
        }

        return graphs;
    }

    private static BundleManifest Describe(
        ModelConfiguration model,
        ExportVocabulary vocabulary,
        Provenance provenance,
        IEnumerable<OnnxGraph> graphs,
        IReadOnlyDictionary<string, BundlePreset> presets,
        string precision
    )
    {
        NoiseSchedule schedule = new(model.Scheduler);
        InferenceTimesteps timesteps = InferenceTimesteps.Trailing(model.Grounding.NumInferenceSteps, model.Scheduler.NumTrainTimesteps);
        return new BundleManifest
        {
            SchemaVersion = BundleManifest.CurrentSchemaVersion,
            Id = "",
            CreatedBy = ToolVersion.Exporter,
            Model = model,
            Preprocessing = new BundlePreprocessing(model.Image.Size, Resize: "bilinear", Antialias: false, Crop: "center"),
            Schedule = new BundleSchedule(
                timesteps.Spacing,
                [.. timesteps.Ascending],
                [.. timesteps.Ascending.ToArray().Select(schedule.AlphaBar)]
            ),
            Presets = presets,
            Vocabulary = vocabulary.Describe(),
            Provenance = provenance.Entries,
            Precision = precision,
            Graphs = graphs.ToDictionary(graph => graph.Name, graph => graph.Signature),
            Files = [],
        };
    }

    private static void WriteModelCard(string folder, BundleManifest manifest, IEnumerable<StoredWeight> weights)
    {
        Dictionary<string, long> parameters = weights
            .Where(weight => weight.Encoding.IsParameter())
            .GroupBy(weight => weight.Part)
            .ToDictionary(group => group.Key, group => group.Sum(weight => weight.Info.ElementCount));
        Dictionary<string, long> sizes = Directory
            .EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .ToDictionary(path => Path.GetRelativePath(folder, path).Replace('\\', '/'), path => new FileInfo(path).Length);
        AtomicFile.WriteText(Path.Combine(folder, "MODEL_CARD.md"), ModelCard.Write(manifest, parameters, sizes));
    }

    private static void CopyOptional(string? source, string folder, string name)
    {
        if (source is not null)
        {
            File.Copy(source, Path.Combine(folder, name));
        }
    }
}
