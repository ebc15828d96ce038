using CxrOnnx.Exporter;
using CxrOnnx.Exporter.Dialects;
using CxrOnnx.Exporter.Vocabularies;
using CxrOnnx.Grounding.Sessions;
using CxrOnnx.Tests;

namespace CxrOnnx.Runtime.Tests.Grounding;

/// <summary>
/// The model of <see cref="TinyModelBundle"/> with the graph sets that are made for CUDA, their fused operators expanded and the CPU named
/// as their provider: the way of a GPU, walked in the memory of the host.
/// </summary>
internal static class SetBundle
{
    private static readonly Lazy<string> LazySingle = new(() => Export(half: false));
    private static readonly Lazy<string> LazyHalf = new(() => Export(half: true));

    /// <summary>The set for fp16 computes in single precision, to be compared closely.</summary>
    public static string Single => LazySingle.Value;

    /// <summary>The set for fp16 computes in half precision, as far as the CPU does.</summary>
    public static string Half => LazyHalf.Value;

    /// <summary>Loads a model on the CPU.</summary>
    public static GroundingModel Load(string bundle, MathPrecision math) =>
        GroundingModel.Load(
            Core.Bundles.Bundle.Open(bundle),
            new GroundingModelOptions
            {
                Provider = ExecutionProvider.Cpu,
                Math = math,
                Threads = 1,
            }
        );

    /// <summary>The model's parts, to be exported.</summary>
    public static BundleExportOptions Options(string output)
    {
        string parts = Path.GetDirectoryName(TinyModelBundle.Bundle)!;
        return new BundleExportOptions
        {
            UNetPath = Path.Combine(parts, "unet.safetensors"),
            VaePath = Path.Combine(parts, "vae.safetensors"),
            TextEncoderPath = Path.Combine(parts, "text.safetensors"),
            ConfigurationPath = Path.Combine(parts, "model.yaml"),
            TokenizerPath = Path.Combine(Fixtures.Repository, "models", "tokenizer"),
            Vocabulary = VocabularyKind.Closed,
            OutputPath = output,
        };
    }

    private static string Export(bool half) =>
        BundleExporter
            .Export(
                Options(Path.Combine(TestRunFolder.Create(), "bundle")) with
                {
                    Cuda = true,
                    CudaDialect = (new CudaDialect(half, fused: false), "cpu"),
                }
            )
            .Folder;
}
