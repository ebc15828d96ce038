using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Bundles;
using CxrOnnx.Grounding.Sessions;

namespace CxrOnnx.Tests;

/// <summary>
/// <see cref="TinyBundle"/> with golden cases for each of its graphs, computed by the graphs themselves: what the runtime gives later must
/// be what it gave when the bundle was made.
/// </summary>
internal static class VerifiedTinyBundle
{
    private const string Golden = "golden.safetensors";

    /// <summary>Makes a copy of the bundle with golden cases.</summary>
    /// <param name="target">Folder to make.</param>
    public static string Create(string target)
    {
        TinyBundle.Copy(target);
        WriteGolden(target);
        Seal(target);
        return target;
    }

    /// <summary>Changes one byte of the weights and forges the checksum: the bundle opens, but computes something else.</summary>
    /// <param name="folder">The bundle.</param>
    /// <param name="prefix">Weights of this graph: <c>unet.</c>, <c>vae.</c> or <c>text.</c></param>
    public static void Tamper(string folder, string prefix)
    {
        string path = Path.Combine(folder, "weights.safetensors");
        long offset;
        using (SafetensorsFile file = SafetensorsFile.Open(path))
        {
            offset = file.OffsetOf(
                file.Tensors.Values.Where(tensor => tensor.Name.StartsWith(prefix, StringComparison.Ordinal))
                    .MaxBy(tensor => tensor.ByteCount)!
                    .Name
            );
        }

        using (FileStream stream = new(path, FileMode.Open, FileAccess.ReadWrite))
        {
            // The byte with the exponent of the first weight: a random number becomes a huge one.
            stream.Position = offset + 3;
            stream.WriteByte(0x48);
        }

        Seal(folder);
    }

    private static void Seal(string folder)
    {
        string path = Path.Combine(folder, BundleManifestFile.FileName);
        BundleManifest manifest = BundleManifestFile.Read(path);
        File.Delete(path);
        BundleManifestFile.Seal(folder, manifest);
    }

    private static void WriteGolden(string folder)
    {
        using Bundle bundle = Bundle.Open(folder);
        using GroundingModel model = GroundingModel.Load(bundle, new GroundingModelOptions { Provider = ExecutionProvider.Cpu });
        Random random = new(7);
        float[] Values(int count) => [.. Enumerable.Range(0, count).Select(_ => (float)random.NextDouble())];
        List<TensorPayload> tensors = [];
        void Case(string graph, params GraphTensor[] inputs)
        {
            string[] outputs = [.. bundle.Manifest.Graphs[graph].Outputs.Select(tensor => tensor.Name)];
            foreach (GraphTensor tensor in inputs)
            {
                tensors.Add(Payload($"{graph}/case/in/{tensor.Name}", tensor));
            }

            foreach (GraphTensor tensor in model.Run(graph, inputs, outputs))
            {
                tensors.Add(Payload($"{graph}/case/out/{tensor.Name}", tensor));
            }
        }

        int latents = model.Configuration.Image.Size / model.Configuration.Vae.DownsamplingFactor;
        int width = model.Configuration.UNet.CrossAttentionDim;
        GraphTensor[] unet =
        [
            GraphTensor.Float32("sample", Values(2 * 3 * latents * latents), 2, 3, latents, latents),
            GraphTensor.Int64("timestep", [99, 499], 2),
            GraphTensor.Float32("encoder_hidden_states", Values(2 * 77 * width), 2, 77, width),
        ];
        Case(
            "text_encoder",
            GraphTensor.Int64("input_ids", [.. Enumerable.Repeat((long)bundle.Manifest.Vocabulary.TokenIds[5], 77)], 1, 77)
        );
        Case("vae_encoder", GraphTensor.Float32("image", Values(64 * 64), 1, 1, 64, 64));
        Case("denoiser", unet);
        Case("attention", unet);
        SafetensorsWriter.Write(
            Path.Combine(folder, Golden),
            tensors,
            bundle.Manifest.Graphs.Keys.ToDictionary(graph => $"tolerance.{graph}", _ => """{"atol":1e-5,"rtol":1e-4}""")
        );
    }

    private static TensorPayload Payload(string name, GraphTensor tensor) =>
        tensor.Floats is { } floats
            ? TensorPayload.Float32(name, tensor.Shape, floats)
            : TensorPayload.Int64(name, tensor.Shape, tensor.Integers!);
}
