using CxrOnnx.Grounding;
using CxrOnnx.Grounding.Trajectory;

namespace CxrOnnx.Workflows.Ground;

/// <summary>
/// Turns the stages of one image, or of some together, into the finished share of its work; its phrases may be grounded in several calls.
/// </summary>
/// <param name="receiver">Gets the share, 0 to 1.</param>
/// <param name="grounder">Says what the stages cost.</param>
/// <param name="phrases">Phrases of the image, or of all images.</param>
/// <param name="images">Images that are inverted together.</param>
internal sealed class ShareProgress(IProgress<double> receiver, GroundingPipeline grounder, int phrases, int images = 1)
    : IProgress<GroundingProgress>
{
    /// <summary>Rough cost of a phrase's step against one of the trajectory: the truncated graph is about half of the U-Net.</summary>
    private const double AttentionShare = 0.5;

    private readonly double _trajectory = grounder.Plan.InversionEvaluations * images;
    private readonly double _attention = grounder.Plan.Steps.Count * AttentionShare;
    private readonly double _support = grounder.SupportSamples;
    private int _before;
    private int _now;

    /// <summary>Says which phrases the next call grounds; to be called before each.</summary>
    /// <param name="before">Phrases that are finished.</param>
    /// <param name="count">Phrases of the call.</param>
    public void Begin(int before, int count) => (_before, _now) = (before, count);

    /// <inheritdoc/>
    public void Report(GroundingProgress value)
    {
        double done = value.Total > 0 ? (double)value.Done / value.Total : 0;
        double units = value.Stage switch
        {
            GroundingStage.Invert => done * _trajectory,
            GroundingStage.EncodeText => Finished,
            GroundingStage.Attend => Finished + (done * _now * _attention),
            GroundingStage.Support => Finished + (_now * _attention) + (done * _now * _support),
            _ => 0,
        };
        double all = _trajectory + (phrases * (_attention + _support));
        receiver.Report(all > 0 ? units / all : 1);
    }

    private double Finished => _trajectory + (_before * (_attention + _support));
}
