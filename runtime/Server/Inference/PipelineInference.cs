using System.Runtime.InteropServices;
using CxrOnnx.Core;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Geometry;
using CxrOnnx.Core.Preprocessing;
using CxrOnnx.Grounding;
using CxrOnnx.Grounding.Sessions;
using CxrOnnx.Server.Configuration;
using CxrOnnx.Server.Models;
using CxrOnnx.Server.Problems;
using CxrOnnx.Server.Work;
using CxrOnnx.Workflows.Phrases;

namespace CxrOnnx.Server.Inference;

/// <summary>
/// The whole grounding as a model of the protocol: <c>image</c> FP32 [1,1,H,W] in [0,1] (an original radiograph of any size) and
/// <c>phrase</c> BYTES [K] in; <c>heatmap</c> FP32 [K,H,W] (0 outside the field of view), <c>box</c> FP32 [K,4] (x, y, width, height; zeros
/// where there is none), <c>peak</c> FP32 [K,3] (x, y, value), <c>field_of_view</c> FP32 [4], all in the image's pixels, and
/// <c>grounded</c> BYTES [K], the text that was grounded for each phrase, out.
/// </summary>
internal static class PipelineInference
{
    private const int MinSide = 32;

    /// <summary>Runs a request.</summary>
    public static async Task<IReadOnlyList<InferenceTensor>> RunAsync(
        InferenceRequest request,
        ServedModel model,
        WorkQueue queue,
        GroundingWork work,
        ServiceOptions options,
        CancellationToken cancellationToken
    )
    {
        GraphTensor input = request.Inputs[0].Numbers!;
        IReadOnlyList<string> phrases = request.Inputs[1].Texts!;
        if (!(request.Threshold is >= 0 and <= 1))
        {
            throw ProblemException.BadRequest("threshold", "threshold must lie between 0 and 1");
        }

        if (phrases.Any(phrase => phrase.Length > options.MaxPhraseCharacters))
        {
            throw ProblemException.Unusable("phrases", $"a phrase has more than {options.MaxPhraseCharacters} characters");
        }

        (int height, int width) = ((int)input.Shape[2], (int)input.Shape[3]);
        if (Math.Min(height, width) < MinSide)
        {
            throw ProblemException.Unusable(
                "image",
                $"the image has {width} x {height} pixels; the shorter side must have at least {MinSide}"
            );
        }

        if (input.Floats!.AsSpan().ContainsAnyExceptInRange(0f, 1f))
        {
            throw ProblemException.Unusable("image", "input image: values must lie between 0 and 1");
        }

        GroundingPipeline grounder = model.Pipeline(request.Preset);
        AskedPhrase[] asked = [.. phrases.Select(phrase => Asking.Read(phrase, grounder, request.Verbatim))];
        if (Array.Find(asked, phrase => phrase.IsDenied) is { } denied)
        {
            throw ProblemException.Unusable(
                PhraseRefusal.Negation,
                $"phrase \"{Excerpt.Of(denied.Asked)}\": says that what it names is not there, and a map cannot show that; ask for what is "
                    + $"there (parameter verbatim grounds the words as they stand)"
            );
        }

        string[] texts = [.. asked.Select(phrase => phrase.Text!).Distinct(StringComparer.Ordinal)];

        GrayImage image = new(width, height, input.Floats!);
        GroundingJob job = new(work)
        {
            Model = model,
            Preset = request.Preset,
            ImageKey = FormattableString.Invariant($"{width}x{height}:{Sha256.OfBytes(MemoryMarshal.AsBytes<float>(input.Floats))}"),
            Image = () => image,
            Phrases = texts,
            PerToken = false,
            Confidence = false,
            CancellationToken = cancellationToken,
        };
        queue.Add(job);
        GroundingOutcome outcome = await job.Completion;
        outcome = outcome with { Phrases = [.. asked.Select(phrase => outcome.Phrases[Array.IndexOf(texts, phrase.Text)])] };
        Dictionary<string, InferenceTensor> outputs = Outputs(outcome, request.Threshold, image.Size).ToDictionary(tensor => tensor.Name);
        return [.. request.Outputs.Select(output => outputs[output.Name])];
    }

    private static IEnumerable<InferenceTensor> Outputs(GroundingOutcome outcome, double threshold, ImageSize size)
    {
        int count = outcome.Phrases.Count;
        float[] heatmaps = new float[checked(count * size.Width * size.Height)];
        float[] boxes = new float[count * 4];
        float[] peaks = new float[count * 3];
        for (int i = 0; i < count; i++)
        {
            PhraseGrounding phrase = outcome.Phrases[i];
            Span<float> target = heatmaps.AsSpan(i * size.Width * size.Height, size.Width * size.Height);
            for (int pixel = 0; pixel < target.Length; pixel++)
            {
                target[pixel] = float.IsNaN(phrase.Heatmap.Values[pixel]) ? 0 : phrase.Heatmap.Values[pixel];
            }

            if (phrase.Heatmap.Box(threshold) is { } box)
            {
                ((ReadOnlySpan<float>)[(float)box.X, (float)box.Y, (float)box.Width, (float)box.Height]).CopyTo(boxes.AsSpan(i * 4));
            }

            if (phrase.Peak is { } peak)
            {
                ((ReadOnlySpan<float>)[(float)peak.X, (float)peak.Y, (float)peak.Value]).CopyTo(peaks.AsSpan(i * 3));
            }
        }

        PixelBox view = outcome.Trajectory.Transform!.FieldOfView;
        yield return new InferenceTensor("grounded", [count], null, [.. outcome.Phrases.Select(phrase => phrase.Phrase.Phrase)]);
        yield return InferenceTensor.Of(GraphTensor.Float32("heatmap", heatmaps, count, size.Height, size.Width));
        yield return InferenceTensor.Of(GraphTensor.Float32("box", boxes, count, 4));
        yield return InferenceTensor.Of(GraphTensor.Float32("peak", peaks, count, 3));
        yield return InferenceTensor.Of(
            GraphTensor.Float32("field_of_view", [(float)view.X, (float)view.Y, (float)view.Width, (float)view.Height], 4)
        );
    }
}
