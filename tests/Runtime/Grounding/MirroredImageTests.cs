using CxrOnnx.Core.Bundles;
using CxrOnnx.Core.Preprocessing;
using CxrOnnx.Grounding;
using CxrOnnx.Grounding.Sessions;
using CxrOnnx.Grounding.Trajectory;
using CxrOnnx.Imaging;
using CxrOnnx.Tests;
using Xunit;

namespace CxrOnnx.Runtime.Tests.Grounding;

/// <summary>What the shipped model makes of images whose sides were swapped.</summary>
[Trait("Category", "slow")]
public sealed class MirroredImageTests
{
    [Fact]
    public void Ground_MirroredSamples_ChangeTheSideThatIsSupported()
    {
        using Bundle bundle = Bundle.Open(Path.Combine(Fixtures.Repository, "models", "cxr-phantom"));
        using GroundingModel model = GroundingModel.Load(bundle, new GroundingModelOptions { Provider = ExecutionProvider.Cpu });
        Assert.NotNull(model.Calibration);
        GroundingPipeline grounder = new(model, new GroundingOptions { Preset = "turbo" });
        List<string> seen = [];
        int kept = 0;
        foreach (
            (string sample, string here, string there) in (ReadOnlySpan<(string, string, string)>)
                [
                    ("left-lower-pneumonia", "left lower pneumonia", "right lower pneumonia"),
                    ("atelectasis-effusion-opacity", "left base pleural effusion", "right base pleural effusion"),
                    ("effusion-and-pneumothorax", "right apical pneumothorax", "left apical pneumothorax"),
                ]
        )
        {
            GrayImage image = RadiographReader.Read(Path.Combine(Fixtures.Repository, "models", "samples", $"{sample}.png")).Image;
            (double own, double other) = Confidences(grounder, image, here, there);
            (double ownMirrored, double otherMirrored) = Confidences(grounder, image.Mirrored(), here, there);
            seen.Add(
                FormattableString.Invariant($"{here} {own:0.00}, {there} {other:0.00}; mirrored {ownMirrored:0.00}, {otherMirrored:0.00}")
            );
            kept += own > other && otherMirrored > ownMirrored ? 1 : 0;
        }

        // The calibration's own test images say how often: one of three may fail where most do not.
        Assert.True(kept >= 2, string.Join("\n", seen));
    }

    private static (double Own, double Other) Confidences(GroundingPipeline grounder, GrayImage image, string own, string other)
    {
        using ImageTrajectory trajectory = grounder.Invert(image, null, TestContext.Current.CancellationToken);
        IReadOnlyList<PhraseGrounding> found = grounder.Ground(trajectory, [own, other], null, TestContext.Current.CancellationToken);
        return (found[0].Confidence!.Value.Probability, found[1].Confidence!.Value.Probability);
    }
}
