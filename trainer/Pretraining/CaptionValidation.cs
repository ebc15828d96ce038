using CxrOnnx.Trainer.Data;
using CxrOnnx.Trainer.Devices;
using CxrOnnx.Trainer.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace CxrOnnx.Trainer.Pretraining;

/// <summary>
/// Denoising loss on held-out images with the right, the empty and a wrong caption, at fixed time steps and with fixed noise. A model that
/// reads its caption has right &lt; empty &lt; wrong.
/// </summary>
public sealed class CaptionValidation
{
    private const int ValidationStream = 23;
    private const int BatchSize = 32;

    private static readonly int[] Timesteps = [250, 500, 750];

    private readonly CaptionSampler _captions;
    private readonly LatentDataSet _data;
    private readonly IReadOnlyList<int> _positions;
    private readonly long _seed;

    /// <summary>Chooses the validation images: the first ones with a finding.</summary>
    /// <param name="data">Held-out data; owned by the caller.</param>
    /// <param name="images">How many images at most.</param>
    /// <param name="seed">Seed of the noise.</param>
    /// <param name="captions">Gives the right captions: <see cref="CaptionSampler.Whole"/>.</param>
    public CaptionValidation(LatentDataSet data, int images, long seed, CaptionSampler captions)
    {
        _captions = captions;
        _data = data;
        _seed = seed;
        _positions = [.. Enumerable.Range(0, data.Records.Count).Where(i => data.Records[i].Findings.Count > 0).Take(images)];
    }

    /// <summary>Measures.</summary>
    /// <returns>Mean losses named <c>right_250</c>, <c>empty_250</c>, <c>wrong_250</c> and so on.</returns>
    public IReadOnlyList<KeyValuePair<string, double>> Measure(LatentDiffusionModel model)
    {
        using IDisposable noGrad = no_grad();
        DiffusionObjective objective = new(model);
        Dictionary<string, double> sums = [];
        foreach (int[] batch in _positions.Chunk(BatchSize))
        {
            using DisposeScope scope = NewDisposeScope();
            using StepRandom random = new(_seed, ValidationStream, batch[0]);
            Tensor latents = _data.Batch(batch).MoveTo(model.Device);
            string[] right = [.. batch.Select(position => _captions.Whole(_data.Records[position]))];
            (string Name, string[] Captions)[] sets =
            [
                ("right", right),
                ("empty", [.. right.Select(_ => string.Empty)]),
                ("wrong", Wrong(batch, right)),
            ];
            foreach (int timestep in Timesteps)
            {
                Tensor noise = random.Normal(latents.shape).MoveTo(model.Device);
                foreach ((string name, string[] captions) in sets)
                {
                    using DisposeScope inner = NewDisposeScope();
                    int[] steps = [.. Enumerable.Repeat(timestep, batch.Length)];
                    double loss = objective.Losses(model, latents, noise, steps, model.Encode(captions)).sum().item<float>();
                    string key = $"{name}_{timestep}";
                    sums[key] = sums.GetValueOrDefault(key) + (loss / _positions.Count);
                }
            }
        }

        return [.. sums.OrderBy(entry => entry.Key, StringComparer.Ordinal)];
    }

    // Each image gets the caption of the next one that differs.
    private string[] Wrong(int[] batch, string[] right) =>
        [
            .. batch.Zip(
                right,
                (position, own) =>
                {
                    int start = _positions.ToList().IndexOf(position);
                    return Enumerable
                        .Range(1, _positions.Count)
                        .Select(offset => _captions.Whole(_data.Records[_positions[(start + offset) % _positions.Count]]))
                        .FirstOrDefault(caption => caption != own, string.Empty);
                }
            ),
        ];
}
