using System.Text;
using CxrOnnx.Core.Prompts;
using CxrOnnx.Tests;
using Xunit;

namespace CxrOnnx.Core.Tests.Prompts;

/// <summary>Alone, because it also takes the time.</summary>
[Collection(nameof(ReportFuzzTests))]
[CollectionDefinition(nameof(ReportFuzzTests), DisableParallelization = true)]
[Trait("Category", "slow")]
public sealed class ReportFuzzTests
{
    private static readonly string[] Seeds =
    [
        "EXAM: CHEST\nINDICATION: r/o pneumonia\n\nFINDINGS: There is a small left effusion, not seen on the prior. No "
            + "PTX.\nIMPRESSION:\n1. Effusion.\n2. None.\n",
        "**Findings:** The right effusion has decreased and the left has resolved; hydropneumothorax (-), ? edema.\nADDENDUM: should "
            + "read right, not left.\n",
        "HEART: enlarged. LUNGS: Bibasilar opacities could be atelectasis and/or pneumonia, worse on the right, but not on the left.\n",
    ];

    private static readonly string[] Bits =
    [
        ":",
        "::",
        "\n",
        "\n\n",
        " \n \n",
        ".",
        "?",
        "(-)",
        "(",
        ")",
        "/",
        "w/o",
        " - ",
        "--",
        "**",
        "__",
        "___",
        "# ",
        "1. ",
        "- ",
        ",",
        ";",
        "no ",
        "not ",
        "left ",
        "right ",
        "and ",
        "effusion ",
        "FINDINGS:",
        "ADDENDUM:",
        "resolved ",
        "\t",
        "\r",
        "\0",
        "é",
        "右",
        "\ud83d",
        "'",
        "<b>",
        "one ",
        "than ",
        "if ",
        "%",
        "0",
    ];

    [Fact]
    public void Read_MutatedReports_ThrowNothingButInputExceptions()
    {
        Random random = new(20261127);
        ChangedBytes.ReadAll("report", ChangedBytes.Count(3000), _ => IsRead(Changed(random)));
    }

    private static string Changed(Random random)
    {
        StringBuilder text = new(Seeds[random.Next(Seeds.Length)]);
        for (int change = random.Next(1, 12); change > 0; change--)
        {
            int at = random.Next(text.Length + 1);
            switch (random.Next(3))
            {
                case 0:
                    text.Insert(at, Bits[random.Next(Bits.Length)]);
                    break;
                case 1:
                    text.Remove(at, Math.Min(text.Length - at, random.Next(1, 15)));
                    break;
                default:
                    string piece = text.ToString(at, Math.Min(text.Length - at, random.Next(1, 60)));
                    text.Insert(random.Next(text.Length + 1), piece);
                    break;
            }
        }

        return text.ToString();
    }

    [Theory]
    [InlineData("effusion ")]
    [InlineData("no effusion, ")]
    [InlineData("a:")]
    [InlineData("A: ")]
    [InlineData("HISTORY: ")]
    [InlineData("FINDINGS:\n")]
    [InlineData("\n")]
    [InlineData("\n ")]
    [InlineData(" ")]
    [InlineData("1. ")]
    [InlineData("?")]
    [InlineData("** ")]
    [InlineData("**a")]
    [InlineData("(")]
    [InlineData("w/")]
    [InlineData("a")]
    [InlineData("not seen clearly yet ")]
    [InlineData("left right and ")]
    [InlineData("Left: small effusion\n")]
    [InlineData("Kein Erguss. The heart is large. ")]
    [InlineData("ADDENDUM: should read right effusion, not left effusion.\n")]
    [InlineData("Left effusion. ")]
    [InlineData("Small left effusion, no pneumothorax and stable cardiomegaly with mild edema.\n\n")]
    public void Read_HundredKilobytesOfAnything_TakeLessThanASecond(string piece)
    {
        string report = string.Concat(Enumerable.Repeat(piece, 1 + (100_000 / piece.Length)));
        IsRead(report[..2000]);

        // The processor's time, because other programs may run beside this one.
        double seconds = Enumerable
            .Range(0, 3)
            .Min(_ =>
            {
                TimeSpan before = Environment.CpuUsage.TotalTime;
                IsRead(report);
                return (Environment.CpuUsage.TotalTime - before).TotalSeconds;
            });
        Assert.True(seconds < 1, $"{seconds:0.00} s for {piece}");
    }

    private static bool IsRead(string report)
    {
        try
        {
            Assert.NotNull(ReportParser.Read(report));
            return true;
        }
        catch (InputException refusal)
        {
            Assert.DoesNotContain('\n', refusal.Message);
            return false;
        }
    }
}
