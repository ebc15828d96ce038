using System.Globalization;
using CxrOnnx.Core;
using CxrOnnx.Trainer.Devices;
using CxrOnnx.Trainer.Native;
using CxrOnnx.Workflows.Diagnosis;
using TorchSharp;

namespace CxrOnnx.Lab.Diagnosis;

/// <summary>What training needs of a machine: libtorch, a device that computes what the CPU computes, and fonts for its plots.</summary>
public static class TorchChecks
{
    // Strict float32 on both sides; the sums of 576 products differ in their order.
    private const double Tolerance = 1e-3;

    /// <summary>Examines the machine.</summary>
    /// <param name="device">Setting <c>device</c>; one that is asked for by name has to work.</param>
    /// <param name="libtorch">Setting <c>libtorch</c>, or null.</param>
    /// <exception cref="InputException">The device has no such name.</exception>
    public static IReadOnlyList<Check> Examine(string device, string? libtorch)
    {
        List<Check> checks = [.. Found(libtorch), Fonts()];
        TorchDevice chosen;
        try
        {
            chosen = TorchDevice.Choose(device, libtorch);
        }
        catch (InputException exception) when (exception.Message.Contains("known are", StringComparison.Ordinal))
        {
            // A wrong option is not a finding about the machine.
            throw;
        }
        catch (CxrOnnxException exception)
        {
            checks.Add(new Check("training device", CheckOutcome.Fail, exception.Message));
            return checks;
        }

        checks.Add(
            new Check(
                "libtorch",
                CheckOutcome.Pass,
                $"TorchSharp {typeof(torch).Assembly.GetName().Version!.ToString(3)} on {TorchLibrary.LoadedFrom() ?? "libtorch"}"
                    + (TorchLibrary.PatchedCopy is { } copy ? $"; through {copy}, because libstdc++ is old" : "")
            )
        );
        checks.Add(new Check("training device", CheckOutcome.Pass, $"{chosen.Name}: {chosen.Reason}"));
        checks.Add(Computes(chosen));
        return checks;
    }

    private static IEnumerable<Check> Found(string? libtorch)
    {
        if (TorchLibrary.HasOwnLibtorch)
        {
            yield return new Check("libtorch on this machine", CheckOutcome.Pass, "this build brings its own, for the CPU");
            yield break;
        }

        IReadOnlyList<TorchInstallation> installed = TorchInstallation.Installed();
        TorchInstallation? named;
        Check? wrong = null;
        try
        {
            named = TorchInstallation.Named(libtorch);
        }
        catch (InputException exception)
        {
            named = null;
            wrong = new Check("libtorch on this machine", CheckOutcome.Fail, exception.Message);
        }

        if (wrong is not null)
        {
            yield return wrong;
        }

        foreach (TorchInstallation found in named is null ? installed : [named, .. installed])
        {
            yield return new Check(
                "libtorch on this machine",
                found.IsTried == false ? CheckOutcome.Optional : CheckOutcome.Pass,
                found.ToString(),
                found.IsTried == false ? "install PyTorch 2.10 or 2.11: TorchSharp was not tried with another version" : null
            );
        }

        if (named is null && installed.Count == 0)
        {
            yield return new Check(
                "libtorch on this machine",
                CheckOutcome.Optional,
                "no PyTorch was found",
                $"pip install torch, or name the folder of libtorch with `libtorch` or {TorchInstallation.Variable}"
            );
        }
    }

    /// <summary>Without any font a plot is drawn all the same, but with nothing written in it: seen in a container.</summary>
    private static Check Fonts()
    {
        // Where there is none, there is a default font all the same, without a single letter.
        using SkiaSharp.SKTypeface letters = SkiaSharp.SKTypeface.FromFamilyName(ScottPlot.Fonts.Default);
        return letters.ContainsGlyph('a')
            ? new Check("fonts of plots", CheckOutcome.Pass, letters.FamilyName)
            : new Check("fonts of plots", CheckOutcome.Optional, "there is none: plots have no text", "apt-get install fonts-dejavu-core");
    }

    private static Check Computes(TorchDevice device)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable noGradient = torch.no_grad();
        using torch.Generator generator = new(1);
        torch.Tensor image = torch.randn([2, 64, 24, 32], generator: generator),
            weight = torch.randn([64, 64, 3, 3], generator: generator);
        torch.Tensor here = torch.nn.functional.conv2d(image, weight, padding: [1, 1]);
        torch.Tensor there = torch.nn.functional.conv2d(image.CopyTo(device.Device), weight.CopyTo(device.Device), padding: [1, 1]).cpu();
        double difference = (here - there).abs().max().item<float>();
        string text = string.Create(
            CultureInfo.InvariantCulture,
            $"a convolution on {device.Name} differs by {difference:0.0e+0} from the CPU's"
        );
        return difference <= Tolerance
            ? new Check("arithmetic", CheckOutcome.Pass, text)
            : new Check("arithmetic", CheckOutcome.Fail, text, "use another version of PyTorch: libtorch and TorchSharp do not fit");
    }
}
