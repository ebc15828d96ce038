namespace CxrOnnx.Evaluation.Load;

/// <summary>What the clients ask for; always one phrase per request, the next of the standard prompts each time.</summary>
public enum LoadScenario
{
    /// <summary><c>POST /v1/ground</c> with an image that the service has not seen. Library: decode, invert, ground.</summary>
    NewImage,

    /// <summary>
    /// <c>POST /v1/images/{id}/ground</c>, one image per client, trajectories kept. Library: ground on a kept trajectory.
    /// </summary>
    WarmImage,

    /// <summary>As <see cref="WarmImage"/>, but all clients look at one image, so that what waits is computed as one batch.</summary>
    SharedImage,
}
