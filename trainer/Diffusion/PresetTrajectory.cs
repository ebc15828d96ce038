using CxrOnnx.Core.Bundles;
using CxrOnnx.Core.Configuration;
using CxrOnnx.Core.Diffusion;
using CxrOnnx.Trainer.Devices;
using CxrOnnx.Trainer.Models.UNet;
using TorchSharp;
using static TorchSharp.torch;

namespace CxrOnnx.Trainer.Diffusion;

/// <summary>
/// The latents whose attention a bundle's preset uses, with the TorchSharp U-Net: one image, one evaluation after the other.
/// </summary>
public static class PresetTrajectory
{
    /// <summary>Follows the preset's trajectory under the empty prompt.</summary>
    /// <param name="unet">The denoiser; its device and type are used.</param>
    /// <param name="configuration">The model: schedule and inference steps.</param>
    /// <param name="preset">The preset.</param>
    /// <param name="latents">z_0, float32 [1, Cz, h, w], already multiplied by the latent scale. Read only.</param>
    /// <param name="emptyPrompt">Text encoder states of the empty prompt, [1, S, W].</param>
    /// <returns>Training time step and state, float32 [Cz, h, w], of each of the preset's steps, ascending.</returns>
    public static IReadOnlyList<(int Timestep, float[] State)> States(
        DiffusionModelUNet unet,
        ModelConfiguration configuration,
        BundlePreset preset,
        Tensor latents,
        Tensor emptyPrompt
    )
    {
        NoiseSchedule schedule = new(configuration.Scheduler);
        InferenceTimesteps timesteps = InferenceTimesteps.Trailing(
            configuration.Grounding.NumInferenceSteps,
            configuration.Scheduler.NumTrainTimesteps
        );
        int[] wanted = [.. preset.Steps.Select(k => timesteps[k])];
        float[] state = DeviceTransfer.ToArray(latents);
        if (preset.Trajectory == BundleTrajectory.Noising)
        {
            return [.. wanted.Select(timestep => (timestep, Noised(schedule, state, preset.Seed ?? 0, timestep)))];
        }

        List<(int, float[])> kept = [];
        DdimInversion inversion = new(schedule, timesteps);
        DpmSolverMultistepInversion? solver = preset.Solver(schedule, timesteps);
        float[] memory = new float[state.Length];
        using IDisposable noGradient = no_grad();
        for (int i = 0; kept.Count < wanted.Length; i++)
        {
            int timestep = solver?.Nodes[i] ?? timesteps[i];
            if (wanted.Contains(timestep))
            {
                kept.Add((timestep, [.. state]));
                if (kept.Count == wanted.Length)
                {
                    break;
                }
            }

            using DisposeScope scope = NewDisposeScope();
            Tensor sample = tensor(state, latents.shape).MoveTo(emptyPrompt.device);
            Tensor output = unet.Forward(sample, tensor([(long)timestep]).MoveTo(emptyPrompt.device), emptyPrompt).Sample!;
            float[] prediction = DeviceTransfer.ToArray(output);
            if (solver is null)
            {
                inversion.Step(i, state, prediction, state);
            }
            else
            {
                solver.Step(i, state, prediction, memory);
            }
        }

        return kept;
    }

    private static float[] Noised(NoiseSchedule schedule, float[] clean, long seed, int timestep)
    {
        float[] noisy = new float[clean.Length];
        SeededNoise.Fill(seed, timestep, noisy);
        schedule.AddNoise(clean, noisy, timestep, noisy);
        return noisy;
    }
}
