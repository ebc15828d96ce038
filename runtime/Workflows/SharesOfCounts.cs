namespace CxrOnnx.Workflows;

/// <summary>Passes the shares of counts on to who only wants those.</summary>
/// <param name="shares">Gets the shares.</param>
internal sealed class SharesOfCounts(IProgress<double> shares) : IProgress<WorkCount>
{
    /// <inheritdoc/>
    public void Report(WorkCount value) => shares.Report(value.Share);
}
