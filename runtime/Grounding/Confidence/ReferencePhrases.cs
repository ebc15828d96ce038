using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Confidence;
using CxrOnnx.Core.Prompts;
using CxrOnnx.Grounding.Prompts;
using CxrOnnx.Grounding.Sessions;

namespace CxrOnnx.Grounding.Confidence;

/// <summary>
/// Phrases that every image is asked for, once, so that another phrase is compared with what they gain there (docs/confidence.md).
/// Thread-safe.
/// </summary>
public sealed class ReferencePhrases
{
    private readonly GroundingModel _model;
    private readonly SupportProbe _probe;
    private readonly StandardPrompt[] _prompts;
    private readonly Lazy<ReadOnlyMemory<float>[]> _states;

    /// <summary>Prepares the phrases; their states are computed when the first image is asked.</summary>
    /// <param name="model">The model; not taken over.</param>
    /// <param name="probe">Asks the images.</param>
    /// <param name="texts">Standard prompts with a place.</param>
    /// <exception cref="ArtifactException">A text is no standard prompt.</exception>
    public ReferencePhrases(GroundingModel model, SupportProbe probe, IReadOnlyList<string> texts)
    {
        _model = model;
        _probe = probe;
        _prompts =
        [
            .. texts.Select(text =>
                StandardPrompt.TryParse(text, out StandardPrompt? prompt)
                    ? prompt
                    : throw new ArtifactException($"reference '{text}' of the calibration is no standard prompt")
            ),
        ];
        _states = new Lazy<ReadOnlyMemory<float>[]>(States);
    }

    /// <summary>Number of phrases.</summary>
    public int Count => _prompts.Length;

    /// <summary>Asks an image for all of them.</summary>
    /// <param name="image">The image, of <see cref="SupportProbe.Prepare"/>.</param>
    /// <param name="cancellationToken">Stops between two operators.</param>
    /// <returns>The values of <see cref="SupportFeatures.Of"/>, one array per phrase.</returns>
    /// <exception cref="ArtifactException">The bundle lacks a word of a phrase, or the U-Net's output is not a number.</exception>
    public IReadOnlyList<double[]> Measure(ProbedImage image, CancellationToken cancellationToken = default) =>
        [
            .. _probe
                .Measure(image, _states.Value, null, cancellationToken)
                .Select((gain, i) => SupportFeatures.Of(gain, _prompts[i].Locations, _model.Atlas)),
        ];

    /// <summary>Compares a phrase with the others that its image was asked for.</summary>
    /// <param name="phrase">The phrase: where it is one of these, it is not compared with itself.</param>
    /// <param name="own">Its values, of <see cref="SupportFeatures.Of"/>.</param>
    /// <param name="references">What <see cref="Measure"/> gave on the same image.</param>
    /// <returns>One value for each of <see cref="SupportFeatures.Names"/>.</returns>
    public double[] Compare(StandardPrompt phrase, IReadOnlyList<double> own, IReadOnlyList<double[]> references) =>
        SupportFeatures.WithReferences(own, [.. references.Where((_, i) => _prompts[i] != phrase)]);

    private ReadOnlyMemory<float>[] States()
    {
        PromptSource source = new(_model);
        EncodedPhrase[] encoded = [.. _prompts.Select(prompt => source.Encode(prompt.Text))];
        if (encoded.FirstOrDefault(phrase => phrase.LeftOut.Count > 0) is { } unknown)
        {
            throw new ArtifactException(
                $"reference '{unknown.Phrase}' of the calibration: the bundle's vocabulary lacks {string.Join(", ", unknown.LeftOut)}"
            );
        }

        return [.. source.States(encoded, CancellationToken.None).Select(context => context.HiddenStates)];
    }
}
