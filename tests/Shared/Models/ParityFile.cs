using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Heatmaps;

namespace CxrOnnx.Tests;

/// <summary>
/// The parity files of the reference models, put together from the tensors of <c>tests/golden</c>: every graph alone, and the pipeline on
/// one image with two prompts.
/// </summary>
internal static class ParityFile
{
    /// <summary>Text encoder and VAE one case each, denoiser six, attention one with four layers, pipeline one.</summary>
    public const int TensorCount = 13;

    private const float LatentScale = 0.3f;

    private static readonly Lazy<string> Tuned = new(() => Write("tuned", [4, 5, 6, 7]));
    private static readonly Lazy<string> Frozen = new(() => Write("frozen", [3, 4, 6, 7]));

    /// <summary>Path of the file of a variant: <c>tuned</c> or <c>frozen</c>.</summary>
    public static string Path(string variant) => (variant == "tuned" ? Tuned : Frozen).Value;

    private static string Write(string variant, int[] layers)
    {
        List<TensorPayload> tensors = [];
        using SafetensorsFile text = SafetensorsFile.Open(Fixtures.Path("text/io.safetensors"));
        tensors.Add(TensorPayload.Copy(text, "input_ids", "text_encoder/ids4/in/input_ids"));
        tensors.Add(TensorPayload.Copy(text, "last_hidden_state", "text_encoder/ids4/out/last_hidden_state"));

        using SafetensorsFile vae = SafetensorsFile.Open(Fixtures.Path("vae/io.safetensors"));
        tensors.Add(TensorPayload.Copy(vae, "image1", "vae_encoder/image1/in/image"));
        float[] latents = [.. vae.ReadFloat32("mean1").Select(value => value * LatentScale)];
        tensors.Add(TensorPayload.Float32("vae_encoder/image1/out/latents", vae.Tensors["mean1"].Shape, latents));

        using SafetensorsFile unet = SafetensorsFile.Open(Fixtures.Path("unet/io.safetensors"));
        foreach (string name in (string[])["t0", "t9", "t409", "t599", "t999", "mixed"])
        {
            AddDenoiserInputs(tensors, unet, $"denoiser/{name}/in", name);
            tensors.Add(TensorPayload.Copy(unet, $"out_{name}", $"denoiser/{name}/out/out_sample"));
        }

        AddDenoiserInputs(tensors, unet, "attention/t409/in", "t409");
        tensors.AddRange(
            layers.Select(layer => TensorPayload.Copy(unet, $"attn_t409_layer{layer}", $"attention/t409/out/attention_{layer}"))
        );

        using SafetensorsFile whole = SafetensorsFile.Open(Fixtures.Path("e2e/e2e.safetensors"));
        tensors.Add(TensorPayload.Copy(whole, "image_0", "pipeline/image0/in/image"));
        tensors.Add(TensorPayload.Float32("pipeline/image0/in/uncond_hidden_states", [1, 77, 64], whole.ReadFloat32("context_0")));
        float[] contexts = [.. whole.ReadFloat32("context_1"), .. whole.ReadFloat32("context_2")];
        tensors.Add(TensorPayload.Float32("pipeline/image0/in/encoder_hidden_states", [2, 77, 64], contexts));
        float[] mask = [.. Mask(3), .. Mask(7)];
        tensors.Add(TensorPayload.Float32("pipeline/image0/in/token_mask", [2, 77], mask));
        float[] heatmaps = [.. Heatmap(whole, variant, 1), .. Heatmap(whole, variant, 2)];
        tensors.Add(TensorPayload.Float32("pipeline/image0/out/heatmap", [2, 192, 192], heatmaps));

        string path = System.IO.Path.Combine(TestRunFolder.Create(), $"golden-{variant}.safetensors");
        SafetensorsWriter.Write(path, tensors, Tolerances(variant));
        return path;
    }

    // What two correct single-precision implementations differ by, with room (tests/golden/README.md). Otsu's mask may flip pixels whose
    // value lies at its threshold.
    private static Dictionary<string, string> Tolerances(string variant) =>
        new()
        {
            ["tolerance.text_encoder"] = """{"atol": 5e-05, "rtol": 0.0001}""",
            ["tolerance.vae_encoder"] = """{"atol": 0.0002, "rtol": 0.0001}""",
            ["tolerance.denoiser"] = """{"atol": 0.0001, "rtol": 0.0001}""",
            ["tolerance.attention"] = """{"atol": 2e-05, "rtol": 0.0001}""",
            ["tolerance.pipeline"] =
                variant == "tuned" ? """{"atol": 0.001, "rtol": 0}""" : """{"atol": 0.001, "rtol": 0, "max_outlier_fraction": 0.002}""",
        };

    private static void AddDenoiserInputs(List<TensorPayload> tensors, SafetensorsFile unet, string prefix, string name)
    {
        tensors.Add(TensorPayload.Copy(unet, "z", $"{prefix}/sample"));
        tensors.Add(TensorPayload.Copy(unet, "context", $"{prefix}/encoder_hidden_states"));
        if (name == "mixed")
        {
            tensors.Add(TensorPayload.Copy(unet, "timesteps_mixed", $"{prefix}/timestep"));
            return;
        }

        long timestep = long.Parse(name[1..], System.Globalization.CultureInfo.InvariantCulture);
        tensors.Add(TensorPayload.Int64($"{prefix}/timestep", [2], new[] { timestep, timestep }));
    }

    private static float[] Mask(int tokens) => [.. Enumerable.Range(0, 77).Select(i => i >= 1 && i <= tokens ? 1f : 0f)];

    private static float[] Heatmap(SafetensorsFile whole, string variant, int prompt)
    {
        float[] map = whole.ReadFloat32($"n100_img0_p{prompt}_{(variant == "tuned" ? "paper_gauss" : "vios_final")}");
        if (variant == "tuned")
        {
            MapRange.Normalize(map);
        }

        return map;
    }
}
