using CxrOnnx.Core;
using CxrOnnx.Core.Bundles;
using CxrOnnx.Grounding;
using CxrOnnx.Workflows.Phrases;

namespace CxrOnnx.Workflows.Batch;

/// <summary>Reads the phrases and the picture of an image of a batch.</summary>
/// <param name="request">The batch.</param>
/// <param name="grounder">Knows the bundle's vocabulary.</param>
/// <param name="lines">Writes what is wrong.</param>
internal sealed class BatchReading(BatchRequest request, GroundingPipeline grounder, BatchLines lines)
{
    /// <summary>Why a phrase cannot be grounded; null where it can.</summary>
    public string? ProblemOf(BatchImage image, BatchPhrase phrase)
    {
        try
        {
            return Read(image, phrase).Refusal?.Message;
        }
        catch (InputException exception)
        {
            return exception.Message;
        }
    }

    /// <summary>
    /// Looks at the phrases and reads the picture. A wrong image fails all of its phrases, a wrong phrase itself; a wrong bundle is no line
    /// but an exception.
    /// </summary>
    public void Read(BatchWork work)
    {
        work.Watch.Start();
        foreach (BatchPhrase phrase in work.Image.Phrases)
        {
            try
            {
                AskedPhrase asked = Read(work.Image, phrase);
                if (asked.Refusal is { } refusal)
                {
                    work.Wrong[phrase] = lines.Of(work.Image, phrase, refusal.Message);
                }
                else
                {
                    work.Usable[phrase] = asked;
                }
            }
            catch (InputException exception)
            {
                work.Wrong[phrase] = lines.Of(work.Image, phrase, exception.Message);
            }
        }

        if (work.Usable.Count > 0)
        {
            try
            {
                work.Radiograph = work.Image.Read(request.MaxPixels);
            }
            catch (InputException exception)
            {
                foreach (BatchPhrase phrase in work.Usable.Keys)
                {
                    work.Wrong[phrase] = lines.Of(work.Image, phrase, exception.Message);
                }

                work.Usable.Clear();
            }
        }

        work.Watch.Stop();
    }

    private AskedPhrase Read(BatchImage image, BatchPhrase phrase)
    {
        BundleVocabulary vocabulary = lines.Manifest.Vocabulary;

        // The findings of a report are standard prompts already.
        bool asItStands = request.Verbatim || request.Source.IsVerbatim || image.OfReport(phrase) is not null;
        return AskedPhrase.Read(request.Source.PromptOf(image, phrase, vocabulary), grounder, asItStands);
    }
}
