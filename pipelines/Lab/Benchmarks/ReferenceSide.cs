using CxrOnnx.Checkpoints;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Configuration;
using CxrOnnx.Core.Geometry;
using CxrOnnx.Evaluation.Bench;
using CxrOnnx.Trainer.Devices;
using CxrOnnx.Trainer.Diffusion;
using CxrOnnx.Trainer.Models;
using CxrOnnx.Trainer.Models.TextEncoder;
using CxrOnnx.Trainer.Models.UNet;
using CxrOnnx.Trainer.Models.Vae;
using CxrOnnx.Trainer.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace CxrOnnx.Lab.Benchmarks;

/// <summary>The authors' procedure in TorchSharp eager mode on one synthetic image.</summary>
internal sealed class ReferenceSide : IDisposable
{
    private readonly ModelConfiguration _configuration;
    private readonly AutoencoderKL _vae;
    private readonly DiffusionModelUNet _unet;
    private readonly ClipTextEncoder _text;

    private readonly BenchClock _clock;
    private readonly TorchDevice _device;

    public ReferenceSide(
        BenchClock clock,
        TorchDevice device,
        ModelConfiguration configuration,
        string unetPath,
        string vaePath,
        string textPath
    )
    {
        _device = device;
        _clock = clock;
        _configuration = configuration;
        _vae = new AutoencoderKL(configuration.Vae);
        _unet = new DiffusionModelUNet(configuration.UNet);
        _text = new ClipTextEncoder(configuration.TextEncoder);
        Load(_vae, vaePath);
        Load(_unet, unetPath);
        Load(_text, textPath);
        _vae.to(device.Device);
        _unet.to(device.Device);
        _text.to(device.Device);
        Image = BenchImage.Pixels(configuration.Image.Size);
    }

    /// <summary>The model input, [size * size] in [0,1].</summary>
    public float[] Image { get; }

    /// <summary>Hidden states of prompts.</summary>
    /// <returns>[B, S, W], row-major.</returns>
    public float[] Encode(long[] ids, int batch)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGradient = no_grad();
        return DeviceTransfer.ToArray(_text.Forward(tensor(ids, [batch, ids.Length / batch]).MoveTo(_device.Device)));
    }

    /// <summary>Seconds of the VAE's encoder.</summary>
    public double TimeVae()
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGradient = no_grad();
        return Time(() => Latents().Dispose());
    }

    /// <summary>Seconds of the text encoder on one prompt.</summary>
    public double TimeText(long[] ids) => Time(() => Encode(ids, 1));

    /// <summary>Seconds of one guided step (a batch of two, all maps copied out), averaged over some.</summary>
    public double TimeStep(float[] empty, float[] prompt, int steps)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGradient = no_grad();
        Tensor latents = Latents();
        ReferenceSampler sampler = Sampler(steps);
        Tensor emptyStates = States(empty),
            states = States(prompt);
        return Time(() => sampler.Invert(latents, emptyStates, states, _ => { })) / steps;
    }

    /// <summary>The whole procedure for one phrase, from the image; text states are given.</summary>
    public (float[] Heatmap, double Seconds, long Evaluations) Ground(
        float[] empty,
        float[] prompt,
        int[] positions,
        CancellationToken cancellation
    )
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGradient = no_grad();
        ReferenceSampler sampler = Sampler(null);
        Tensor emptyStates = States(empty),
            states = States(prompt);
        float[] heatmap = [];
        double seconds = Time(() =>
            heatmap = sampler
                .Ground(Latents(), emptyStates, states, positions, GridSize.Square(_configuration.Image.Size), cancellation)
                .Values
        );
        return (heatmap, seconds, sampler.EvaluationCount);
    }

    public void Dispose()
    {
        _vae.Dispose();
        _unet.Dispose();
        _text.Dispose();
    }

    // A GPU works on while the host goes ahead: both ends of the measured time wait for it.
    private double Time(Action action)
    {
        _device.Synchronize();
        return _clock.Time(() =>
        {
            action();
            _device.Synchronize();
        });
    }

    private ReferenceSampler Sampler(int? steps) => new(_unet, _configuration.Scheduler, _configuration.Grounding) { StepLimit = steps };

    private Tensor Latents() =>
        _vae.Encode(tensor(Image, [1, 1, _configuration.Image.Size, _configuration.Image.Size]).MoveTo(_device.Device))
            .Mean.Times(_configuration.Image.LatentScale);

    private Tensor States(float[] values) =>
        tensor(values, [1, _configuration.TextEncoder.MaxPositionEmbeddings, _configuration.UNet.CrossAttentionDim]).MoveTo(_device.Device);

    private static void Load(nn.Module module, string path)
    {
        using ITensorFile file = CheckpointFile.Open(path);
        StateDictLoader.Load(module, file);
        module.eval();
    }
}
