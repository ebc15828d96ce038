using Xunit;

namespace CxrOnnx.Exporter.Tests;

internal static class Parity
{
    /// <summary>Asserts equal shapes and |got - want| &lt;= atol + rtol |want| everywhere; NaN never passes.</summary>
    public static void AssertClose(TestTensor want, TestTensor got, double atol, double rtol = 0, string name = "")
    {
        Assert.Equal(want.Shape, got.Shape);
        double worst = 0;
        int at = -1;
        for (int i = 0; i < want.Floats.Length; i++)
        {
            double excess = Math.Abs((double)got.Floats[i] - want.Floats[i]) - rtol * Math.Abs(want.Floats[i]);
            if (excess > worst || double.IsNaN(excess))
            {
                (worst, at) = (double.IsNaN(excess) ? double.PositiveInfinity : excess, i);
            }
        }

        TestContext.Current.TestOutputHelper?.WriteLine(FormattableString.Invariant($"{name}: max abs {worst:E2} (allowed {atol:E0})"));
        Assert.True(
            worst <= atol,
            FormattableString.Invariant(
                $"{name}: differs by {worst:E3} at element {at} of [{string.Join(", ", want.Shape)}], allowed {atol:E1}"
            )
        );
    }
}
