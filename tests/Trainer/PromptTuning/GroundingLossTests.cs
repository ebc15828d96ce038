using System.Globalization;
using System.Text.Json;
using CxrOnnx.Core;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Atlas;
using CxrOnnx.Core.Geometry;
using CxrOnnx.Tests;
using CxrOnnx.Trainer.Models;
using CxrOnnx.Trainer.PromptTuning;
using CxrOnnx.Trainer.Settings;
using CxrOnnx.Trainer.Tests.Models;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace CxrOnnx.Trainer.Tests.PromptTuning;

[Trait("Category", "quick")]
public sealed class GroundingLossTests
{
    // Bounds of tests/golden/README.md; the reference's own fp32 error is 4e-7 in the gradients.
    private const double LossAbsolute = 1e-6;
    private const double LossRelative = 1e-5;
    private const double GradientTolerance = 1e-6;

    public static TheoryData<int, string, string> Variants()
    {
        TheoryData<int, string, string> variants = [];
        foreach (string mode in (string[])["peak", "density_grid", "density_pixel"])
        {
            variants.Add(0, mode, "max");
            variants.Add(2, mode, "max");
            foreach (string combination in (string[])["max", "sum", "mean"])
            {
                variants.Add(1, mode, combination);
            }
        }

        return variants;
    }

    [Theory]
    [MemberData(nameof(Variants))]
    public void Compute_EveryReading_MatchesReference(int number, string mode, string combination)
    {
        torch.set_num_threads(1);
        using DisposeScope scope = NewDisposeScope();
        using ITensorFile file = ReferenceModels.Open($"losses/case{number}.safetensors");
        using JsonDocument json = JsonDocument.Parse(File.ReadAllText(Fixtures.Path($"losses/case{number}.json")));
        JsonElement expected = json.RootElement.GetProperty("variants").GetProperty($"{mode}_{combination}");
        Tensor attention = StateDictLoader.Read(file, "A").unsqueeze(0);
        int side = (int)Math.Sqrt(attention.shape[3]);
        float[] map = GaussianMap.Render(
            [
                .. json
                    .RootElement.GetProperty("boxes_x0y0x1y1_in_512")
                    .EnumerateArray()
                    .Select(box =>
                        LocationGaussian.OfBox(
                            new ModelBox(
                                box[0].GetDouble(),
                                box[1].GetDouble(),
                                box[2].GetDouble() - box[0].GetDouble(),
                                box[3].GetDouble() - box[1].GetDouble()
                            )
                        )
                    ),
            ],
            GridSize.Square(side),
            Enum.Parse<GaussianScale>(mode.Replace("_", "", StringComparison.Ordinal), ignoreCase: true),
            Enum.Parse<GaussianCombination>(combination, ignoreCase: true)
        );
        Tensor target = tensor(map, [1, side * side]);
        ReferenceModels.AssertClose("G", file, $"G_{mode}_{combination}", target.reshape(side, side), 1e-6); // float32 of a value up to 1

        using GroundingLossResult loss = new GroundingLoss().Compute(attention, Mask(file), target);
        Close(expected, "L_div", loss.Divergence.item<float>());
        Close(expected, "L_loc", loss.Location.item<float>());
        Close(expected, "total", loss.Total.item<float>());
        using GroundingLossResult precise = new GroundingLoss().Compute(attention.@double(), Mask(file), target.@double());
        Close(expected, "L_div_f64", precise.Divergence.item<double>());
        Close(expected, "L_loc_f64", precise.Location.item<double>());
        Close(expected, "total_f64", precise.Total.item<double>());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void Compute_Gradients_MatchReference(int number)
    {
        torch.set_num_threads(1);
        using DisposeScope scope = NewDisposeScope();
        using ITensorFile file = ReferenceModels.Open($"losses/case{number}.safetensors");
        Tensor mask = Mask(file);
        Tensor columns = mask[0].nonzero().flatten();
        Tensor target = StateDictLoader.Read(file, "G_peak_max").reshape(1, -1);

        Tensor mean = GroundingLoss.TokenMean(StateDictLoader.Read(file, "A").unsqueeze(0), mask);
        ReferenceModels.AssertClose("A_sp", file, "A_sp", mean[0], 1e-6); // mean of a few float32 probabilities
        ReferenceModels.AssertClose("trg", file, "trg", new GroundingLoss().Target(mean, target)[0], 1e-6);

        foreach (
            (string name, GroundingLossSettings settings) in ((string, GroundingLossSettings)[])
                [("grad_tokens", new()), ("grad_div_tokens", new() { LocationWeight = 0 })]
        )
        {
            Tensor attention = StateDictLoader.Read(file, "A").unsqueeze(0).requires_grad_(true);
            using GroundingLossResult loss = new GroundingLoss(settings).Compute(attention, mask, target);
            loss.Total.backward();
            Tensor gradient = attention.grad![0];
            ReferenceModels.AssertClose(name, file, name, gradient.index_select(3, columns), GradientTolerance);
            // 0 at special tokens.
            Assert.Equal(gradient.index_select(3, columns).abs().sum().item<float>(), gradient.abs().sum().item<float>(), 1e-4f);
        }
    }

    [Fact]
    public void Compute_BatchOfDifferentPrompts_IsTheMeanOfTheSamples()
    {
        torch.set_num_threads(1);
        using DisposeScope scope = NewDisposeScope();
        Generator generator = new(3);
        Tensor attention = rand([3, 2, 2, 6, 9], generator: generator).softmax(-1);
        Tensor target = rand([3, 6], generator: generator);
        Tensor tokens = zeros(3, 9, dtype: ScalarType.Bool);
        foreach ((int sample, int position) in ((int, int)[])[(0, 1), (1, 2), (1, 3), (1, 5), (2, 1), (2, 8)])
        {
            tokens[sample, position] = true;
        }

        using GroundingLossResult together = new GroundingLoss().Compute(attention, tokens, target);
        double sum = 0;
        for (int i = 0; i < 3; i++)
        {
            using GroundingLossResult alone = new GroundingLoss().Compute(attention[i..(i + 1)], tokens[i..(i + 1)], target[i..(i + 1)]);
            Assert.Equal(alone.Divergence.item<float>(), together.Divergence[i].item<float>(), 1e-6f); // float32 rounding
            Assert.Equal(alone.Location.item<float>(), together.Location[i].item<float>(), 1e-6f);
            sum += alone.Total.item<float>();
        }

        Assert.Equal(sum / 3, together.Total.item<float>(), 1e-6);
        Assert.Equal(0f, together.Divergence[0].item<float>()); // one token has nothing to differ from
    }

    [Fact]
    public void Compute_HandMadeMaps_GiveHandMadeLosses()
    {
        using DisposeScope scope = NewDisposeScope();

        // Two tokens, two cells: A_1 = (0.6, 0), A_2 = (0.3, 0.3) -> cos^2 = 1/2. A_sp = (0.45, 0.15); G = (1, 0) -> trg = (0.45 + 0.1, 0).
        Tensor attention = tensor(new float[] { 0.4f, 0.6f, 0.3f, 0.7f, 0f, 0.3f }, [1, 1, 1, 2, 3]);
        Tensor tokens = tensor(new bool[] { false, true, true }, [1, 3]);
        using GroundingLossResult loss = new GroundingLoss().Compute(attention, tokens, tensor(new float[] { 1, 0 }, [1, 2]));
        Assert.Equal(0.5f, loss.Divergence.item<float>(), 1e-6f);
        Assert.Equal(1 - (0.45 / Math.Sqrt((0.45 * 0.45) + (0.15 * 0.15))), loss.Location.item<float>(), 1e-6);
    }

    [Fact]
    public void Stack_LayersOfABatch_KeepsSamplesStepsAndLayersApart()
    {
        using DisposeScope scope = NewDisposeScope();
        Dictionary<int, Tensor> maps = new()
        {
            [7] = arange(2 * 3 * 4 * 5).reshape(6, 4, 5),
            [4] = -arange(2 * 3 * 4 * 5).reshape(6, 4, 5),
        };
        Tensor stacked = GroundingLoss.Stack(maps, [4, 7], samples: 2);
        Assert.Equal([2, 3, 2, 4, 5], stacked.shape);
        Assert.Equal(((5 * 20) + 3), stacked[1, 2, 1, 0, 3].item<long>()); // sample 1, step 2 = row 5 of the batch
        Assert.Equal(-((2 * 20) + 7), stacked[0, 2, 0, 1, 2].item<long>());
        Assert.Equal(
            "no attention of layer 5; there are layers 4, 7",
            Assert.Throws<InputException>(() => GroundingLoss.Stack(maps, [4, 5], 2)).Message
        );
        maps[8] = zeros(6, 16, 5);
        Assert.StartsWith(
            "layers with one grid wanted",
            Assert.Throws<InputException>(() => GroundingLoss.Stack(maps, [7, 8], 2)).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Compute_InputsThatDoNotFit_SayWhatAndWanted()
    {
        using DisposeScope scope = NewDisposeScope();
        GroundingLoss loss = new();
        Tensor attention = ones([2, 1, 1, 4, 5]);
        Assert.StartsWith(
            "a prompt without tokens of its own",
            Assert
                .Throws<InputException>(() =>
                    loss.Compute(
                        attention,
                        tensor(new bool[] { true, false, false, false, false, false, false, false, false, false }, [2, 5]),
                        ones(2, 4)
                    )
                )
                .Message,
            StringComparison.Ordinal
        );
        Assert.Equal(
            "attention [2, 1, 1, 4, 5], tokens Bool [2, 6], target [2, 4]; wanted [N, T, L, D, S], Bool [N, S] on the CPU, [N, D]",
            Assert.Throws<InputException>(() => loss.Compute(attention, ones(2, 6, dtype: ScalarType.Bool), ones(2, 4))).Message
        );
    }

    private static Tensor Mask(ITensorFile file) => StateDictLoader.Read(file, "mask").to(ScalarType.Bool).unsqueeze(0);

    private static void Close(JsonElement expected, string name, double actual)
    {
        double wanted = expected.GetProperty(name).GetDouble();
        double tolerance = LossAbsolute + (LossRelative * Math.Abs(wanted));
        TestContext.Current.TestOutputHelper?.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{name}: {actual:g9}, wanted {wanted:g9}, off by {Math.Abs(actual - wanted):e2} (tolerance {tolerance:e1})"
            )
        );
        Assert.Equal(wanted, actual, tolerance);
    }
}
