using System.Text.Json;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Configuration;
using CxrOnnx.Core.Geometry;
using CxrOnnx.Core.Heatmaps;
using CxrOnnx.Trainer.Devices;
using CxrOnnx.Trainer.Diffusion;
using CxrOnnx.Trainer.Models;
using CxrOnnx.Trainer.Models.TextEncoder;
using CxrOnnx.Trainer.Models.UNet;
using CxrOnnx.Trainer.Models.Vae;
using CxrOnnx.Trainer.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace CxrOnnx.Trainer.Golden;

/// <summary>
/// Computes a bundle's parity cases with the TorchSharp modules, which share no code with the exported graphs: inputs and outputs of every
/// graph, and the whole grounding done by <see cref="ReferenceSampler"/>.
/// </summary>
/// <remarks>
/// Tensors are named <c>&lt;graph&gt;/&lt;case&gt;/in|out/&lt;tensor&gt;</c>. Inputs come from the seed and from the given images, so the
/// same checkpoints give the same file.
/// </remarks>
public sealed class GoldenCases
{
    // What two correct fp32 implementations may differ by: the summation order of layers some hundred operations deep. The references
    // themselves differ from fp64 by 2e-6 (denoiser, values to 4), 4e-6 (text), 3e-5 (VAE mean, values to 22, times the latent scale).
    private static readonly Dictionary<string, object> Tolerances = new()
    {
        ["text_encoder"] = new { atol = 5e-5, rtol = 1e-4 },
        ["vae_encoder"] = new { atol = 2e-4, rtol = 1e-4 },
        ["denoiser"] = new { atol = 1e-4, rtol = 1e-4 },
        ["attention"] = new { atol = 2e-5, rtol = 1e-4 },
    };

    // r is the U-Net's output but for a sign and a constant; means of r d and d^2 err less. Seen on random models: 2e-6, 1e-6, 2e-7.
    private static readonly object NoiseTolerance = Tolerances["denoiser"];

    // Maps on [0,1] as those of the pipeline. Dividing by the largest gain, which may be far below 1, and the logistic magnify the error of
    // the gain. Seen on random models: 9e-6 for maps, 2e-7 for scores. With Otsu, a pixel at the threshold that falls on the other side
    // changes the mean of its cell, and the smoothing spreads that.
    private object EvidenceTolerance => new { atol = _configuration.Grounding.Otsu ? 1e-2 : 1e-3, rtol = 0.0 };

    private readonly ModelConfiguration _configuration;
    private readonly AutoencoderKL _vae;
    private readonly DiffusionModelUNet _unet;
    private readonly ClipTextEncoder _text;
    private readonly List<TensorPayload> _tensors = [];
    private readonly bool _fused;
    private readonly GoldenEvidence? _evidence;
    private readonly Device _device;

    /// <summary>Takes the loaded modules, all on one device; they stay the caller's.</summary>
    /// <param name="configuration">The model.</param>
    /// <param name="vae">Its autoencoder.</param>
    /// <param name="unet">Its denoiser.</param>
    /// <param name="text">Its text encoder.</param>
    /// <param name="fused">Whether the whole-grounding cases are also written for the graph <c>grounding</c>.</param>
    /// <param name="evidence">What evidence maps are made with; null: no cases of them.</param>
    public GoldenCases(
        ModelConfiguration configuration,
        AutoencoderKL vae,
        DiffusionModelUNet unet,
        ClipTextEncoder text,
        bool fused = false,
        GoldenEvidence? evidence = null
    )
    {
        _fused = fused;
        _evidence = evidence;
        _configuration = configuration;
        _vae = vae;
        _unet = unet;
        _device = DeviceTransfer.DeviceOf(unet);
        _text = text;
    }

    /// <summary>Computes the cases and writes them.</summary>
    /// <param name="path">A safetensors file.</param>
    /// <param name="prompts">Token ids [S] and own-token positions: the empty prompt first, then at least one phrase.</param>
    /// <param name="images">
    /// Model inputs, squares of values in [0,1] whose sides are multiples of the model's smallest; each gets one whole grounding of all
    /// phrases.
    /// </param>
    /// <param name="seed">Seed of the random latents and the random image.</param>
    public void Write(string path, IReadOnlyList<(long[] Ids, int[] Positions)> prompts, IReadOnlyList<float[]> images, long seed)
    {
        if (prompts.Count < 2)
        {
            throw new ArgumentException("want the empty prompt and at least one phrase", nameof(prompts));
        }

        _tensors.Clear();
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGradient = no_grad();
        using Generator generator = new((ulong)seed);
        Tensor ids = stack(prompts.Select(prompt => tensor(prompt.Ids)).ToArray()).MoveTo(_device);
        Tensor states = _text.Forward(ids);
        Add("text_encoder/prompts/in/input_ids", ids);
        Add("text_encoder/prompts/out/last_hidden_state", states);
        AddVaeCases(images, generator);
        AddUNetCases(states, generator);
        for (int i = 0; i < images.Count; i++)
        {
            AddPipelineCase($"pipeline/image{i}", images[i], states, prompts);
            if (_evidence is not null)
            {
                AddEvidenceCases(FormattableString.Invariant($"image{i}"), images[i], states, prompts);
            }
        }

        Dictionary<string, string> metadata = Tolerances.ToDictionary(
            entry => $"tolerance.{entry.Key}",
            entry => JsonSerializer.Serialize(entry.Value)
        );

        // On [0,1]; with Otsu, pixels at the threshold may fall on either side.
        metadata["tolerance.pipeline"] = _configuration.Grounding.Otsu
            ? JsonSerializer.Serialize(
                new
                {
                    atol = 1e-3,
                    rtol = 0.0,
                    max_outlier_fraction = 0.002,
                }
            )
            : JsonSerializer.Serialize(new { atol = 1e-3, rtol = 0.0 });
        if (_fused)
        {
            metadata["tolerance.grounding"] = metadata["tolerance.pipeline"];
        }

        if (_evidence is not null)
        {
            metadata["tolerance.noise_prediction"] = JsonSerializer.Serialize(NoiseTolerance);
            metadata["tolerance.evidence"] = JsonSerializer.Serialize(EvidenceTolerance);
            metadata["evidence"] = _evidence.File.ToJson();
        }

        SafetensorsWriter.Write(path, _tensors, metadata);
    }

    private void AddVaeCases(IReadOnlyList<float[]> images, Generator generator)
    {
        int side = _configuration.Vae.DownsamplingFactor * 6;
        Tensor nonSquare = rand([2, 1, side, 2 * side], generator: generator).MoveTo(_device);
        Tensor[] inputs = images.Count > 0 ? [Pixels(images[0]), nonSquare] : [nonSquare];
        for (int i = 0; i < inputs.Length; i++)
        {
            Add($"vae_encoder/image{i}/in/image", inputs[i]);
            Add($"vae_encoder/image{i}/out/latents", Latents(inputs[i]));
        }
    }

    private void AddUNetCases(Tensor states, Generator generator)
    {
        int side = _configuration.LatentSide;
        Tensor context = states[..2];
        Tensor sample = randn([2, _configuration.UNet.InChannels, side, side], generator: generator).MoveTo(_device);
        int last = _configuration.Scheduler.NumTrainTimesteps - 1;
        foreach ((string name, long[] timesteps) in new[] { ("clean", new long[] { 9, 9 }), ("mixed", [last, last / 2]) })
        {
            Tensor timestep = tensor(timesteps).MoveTo(_device);
            using UNetOutput output = _unet.Forward(sample, timestep, context, [.. _configuration.Grounding.Layers]);
            AddUNetInputs($"denoiser/{name}", sample, timestep, context);
            Add($"denoiser/{name}/out/out_sample", output.Sample!);
            AddUNetInputs($"attention/{name}", sample, timestep, context);
            foreach (int layer in _configuration.Grounding.Layers)
            {
                Add($"attention/{name}/out/attention_{layer}", output.Attention[layer]);
            }
        }
    }

    private void AddUNetInputs(string prefix, Tensor sample, Tensor timestep, Tensor context)
    {
        Add($"{prefix}/in/sample", sample);
        Add($"{prefix}/in/timestep", timestep);
        Add($"{prefix}/in/encoder_hidden_states", context);
    }

    private void AddPipelineCase(string prefix, float[] image, Tensor states, IReadOnlyList<(long[] Ids, int[] Positions)> prompts)
    {
        Tensor pixels = Pixels(image);
        int size = (int)pixels.shape[3];
        Tensor latents = Latents(pixels);
        ReferenceSampler sampler = new(_unet, _configuration.Scheduler, _configuration.Grounding);
        int phrases = prompts.Count - 1,
            tokens = prompts[0].Ids.Length;
        float[] heatmaps = new float[phrases * size * size];
        float[] mask = new float[phrases * tokens];
        for (int p = 0; p < phrases; p++)
        {
            int[] positions = prompts[p + 1].Positions;
            ModelHeatmap heatmap = sampler.Ground(latents, states[..1], states[(p + 1)..(p + 2)], positions, GridSize.Square(size));
            heatmap.Values.CopyTo(heatmaps, p * size * size);
            foreach (int position in positions)
            {
                mask[(p * tokens) + position] = 1;
            }
        }

        Add($"{prefix}/in/image", pixels);
        Add($"{prefix}/in/encoder_hidden_states", states[1..]);
        Add($"{prefix}/in/uncond_hidden_states", states[..1]);
        _tensors.Add(TensorPayload.Float32($"{prefix}/in/token_mask", [phrases, tokens], mask));
        _tensors.Add(TensorPayload.Float32($"{prefix}/out/heatmap", [phrases, size, size], heatmaps));
        if (_fused)
        {
            string graph = prefix.Replace("pipeline/", "grounding/", StringComparison.Ordinal);
            Add($"{graph}/in/image", pixels);
            _tensors.Add(
                TensorPayload.Int64($"{graph}/in/input_ids", [phrases, tokens], prompts.Skip(1).SelectMany(prompt => prompt.Ids).ToArray())
            );
            _tensors.Add(TensorPayload.Int64($"{graph}/in/uncond_input_ids", [1, tokens], prompts[0].Ids));
            _tensors.Add(TensorPayload.Float32($"{graph}/in/token_mask", [phrases, tokens], mask));
            _tensors.Add(TensorPayload.Float32($"{graph}/out/heatmap", [phrases, size, size], heatmaps));
        }
    }

    private void AddEvidenceCases(string name, float[] image, Tensor states, IReadOnlyList<(long[] Ids, int[] Positions)> prompts)
    {
        Tensor pixels = Pixels(image);
        int size = (int)pixels.shape[3];
        Tensor latents = Latents(pixels);
        ReferenceEvidence reference = new(_unet, _configuration, _evidence!.File.Recipe, _evidence.Attention);
        int phrases = prompts.Count - 1,
            tokens = prompts[0].Ids.Length;
        Tensor empty = states[..1];
        List<Tensor> agreements = [],
            changes = [];
        float[] scores = new float[phrases];
        float[] mask = new float[phrases * tokens];
        List<float> heatmaps = [];
        for (int p = 0; p < phrases; p++)
        {
            Tensor prompt = states[(p + 1)..(p + 2)];
            (Tensor residual, Tensor agreement, Tensor change) = reference.PredictNoise(latents, empty, prompt);
            ModelHeatmap attention = reference.Attend(latents, empty, prompt, prompts[p + 1].Positions, GridSize.Square(size));
            (double score, float[] heatmap) = reference.Join(attention, agreement, change);
            agreements.Add(agreement);
            changes.Add(change);
            scores[p] = (float)score;
            heatmaps.AddRange(heatmap);
            foreach (int position in prompts[p + 1].Positions)
            {
                mask[(p * tokens) + position] = 1;
            }

            if (p == 0)
            {
                Add($"noise_prediction/{name}/out/residual", residual);
            }
        }

        Add($"noise_prediction/{name}/in/latents", latents);
        Add($"noise_prediction/{name}/out/agreement", stack(agreements).to(ScalarType.Float32));
        Add($"noise_prediction/{name}/out/change", stack(changes).to(ScalarType.Float32));
        Add($"evidence/{name}/in/image", pixels);
        _tensors.Add(TensorPayload.Float32($"evidence/{name}/in/token_mask", [phrases, tokens], mask));
        _tensors.Add(TensorPayload.Float32($"evidence/{name}/out/score", [phrases], scores));
        _tensors.Add(TensorPayload.Float32($"evidence/{name}/out/heatmap", [phrases, size, size], heatmaps.ToArray()));
        foreach (string graph in new[] { "noise_prediction", "evidence" })
        {
            Add($"{graph}/{name}/in/encoder_hidden_states", states[1..]);
            Add($"{graph}/{name}/in/uncond_hidden_states", empty);
        }
    }

    private Tensor Pixels(float[] image)
    {
        int side = (int)Math.Sqrt(image.Length);
        return tensor(image, [1, 1, side, side]).MoveTo(_device);
    }

    private Tensor Latents(Tensor image) => _vae.Encode(image).Mean.Times(_configuration.Image.LatentScale);

    // Copied out at once: the tensors die with the scope, the payloads are written later.
    private void Add(string name, Tensor value)
    {
        TensorPayload payload = StateDictLoader.Payload(name, value);
        using MemoryStream bytes = new();
        payload.WriteTo(bytes);
        _tensors.Add(TensorPayload.Bytes(payload.Info, bytes.ToArray()));
    }
}
