namespace CxrOnnx.Trainer.Phantom;

internal static class ReportWriter
{
    public static string Write(IReadOnlyList<PhantomFinding> findings, PhantomRandom random) => string.Join(" ", findings.Select(f => f.Prompt + "."));
}
