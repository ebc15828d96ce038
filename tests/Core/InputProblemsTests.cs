using CxrOnnx.Core.Artifacts;
using Xunit;

namespace CxrOnnx.Core.Tests;

[Trait("Category", "quick")]
public sealed class InputProblemsTests
{
    [Fact]
    public void ThrowIfAny_NoneOneAndSeveral_AreNothingItsOwnMessageAndAList()
    {
        InputProblems problems = new();
        Assert.True(problems.Try(() => { }));
        problems.ThrowIfAny("nothing was done");

        Assert.False(problems.Try(() => throw new InputException("a.png: wrong")));
        Assert.Equal("a.png: wrong", Assert.Throws<InputException>(() => problems.ThrowIfAny("nothing was done")).Message);

        problems.Try(() => throw new InputException("a.png: wrong"));
        problems.Try(() => throw new ArtifactException("b.npy: damaged"));
        InputProblems all = new();
        all.Try(() => problems.ThrowIfAny("inner"));
        Assert.Equal(
            "2 things are wrong with the input; nothing was done:\n  a.png: wrong\n  b.npy: damaged",
            Assert.Throws<InputProblemsException>(() => all.ThrowIfAny("nothing was done")).Message
        );
    }

    [Fact]
    public void ThrowIfAny_Hundreds_ShowsSomeAndCountsTheRest()
    {
        InputProblems problems = new();
        for (int i = 0; i < 200; i++)
        {
            problems.Add($"{i}.png: wrong");
        }

        InputProblemsException thrown = Assert.Throws<InputProblemsException>(() => problems.ThrowIfAny("nothing was done"));
        Assert.EndsWith("49.png: wrong\n  and 150 more (`verbose` shows all)", thrown.Message, StringComparison.Ordinal);
        Assert.Contains("199.png: wrong", thrown.ToString(), StringComparison.Ordinal);
        Assert.Equal(200, thrown.Problems.Count);
    }
}
