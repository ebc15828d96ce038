using System.CommandLine;
using CxrOnnx.Core;
using CxrOnnx.Evaluation;
using CxrOnnx.Evaluation.Methods;

namespace CxrOnnx.Commands;

/// <summary>The options that bring other systems' answers and published figures into an evaluation.</summary>
internal sealed class ThirdPartyOptions
{
    private const string Refuse = "refuse";
    private const string LeaveOut = "leave-out";
    private const string Zero = "zero";

    private readonly Option<string[]> _heatmaps = Many(
        "--heatmaps",
        "A folder of any system's heatmaps, DIR or NAME=DIR: heatmaps.csv and .npy files (or gray pictures).",
        "DIR"
    );

    private readonly Option<string[]> _boxes = Many(
        "--boxes",
        "A JSON file of any system's boxes (overlap only), FILE or NAME=FILE; behind it how a box is written, such as "
            + ":normalized-xyxy: xywh (default), xyxy or cxcywh, in pixels, with normalized- in shares, with percent- in hundredths.",
        "FILE"
    );

    private readonly Option<string[]> _crops = Many(
        "--crop",
        "What the system NAME sees of an image, so that its coarse maps and its boxes can be placed: 480/512 (shortest side resized to "
            + "512, 480 x 480 of its middle), square, pad or whole, with /SIZE for boxes in its pixels.",
        "NAME=CROP"
    );

    private readonly Option<string> _unanswered = new("--unanswered")
    {
        Description =
            "What phrases count as that --heatmaps or --boxes do not answer: refuse (the file), leave-out (of that system's figures, "
            + "counted in a note) or zero (boxes only).",
        DefaultValueFactory = _ => Refuse,
        HelpName = "POLICY",
    };

    private readonly Option<string[]> _quoted = Many(
        "--systems",
        "paper: also quote the averages that the paper published on this data set, apart from what is computed.",
        "NAME"
    );

    /// <summary>Creates the options.</summary>
    public ThirdPartyOptions() => _unanswered.AcceptOnlyFromAmong(Refuse, LeaveOut, Zero);

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        command.Options.Add(_heatmaps);
        command.Options.Add(_boxes);
        command.Options.Add(_crops);
        command.Options.Add(_unanswered);
        command.Options.Add(_quoted);
    }

    /// <summary>A request with what was given.</summary>
    /// <exception cref="InputException">A crop has another form, or a system has two.</exception>
    public EvaluateRequest ReadInto(EvaluateRequest request, ParseResult parsed) =>
        request with
        {
            Heatmaps = [.. (parsed.GetValue(_heatmaps) ?? []).Select(NamedPath.Parse)],
            Boxes = [.. (parsed.GetValue(_boxes) ?? []).Select(NamedPath.Parse)],
            Crops = Crops(parsed.GetValue(_crops) ?? []),
            Unanswered = parsed.GetRequiredValue(_unanswered) switch
            {
                LeaveOut => UnansweredPolicy.LeaveOut,
                Zero => UnansweredPolicy.Zero,
                _ => UnansweredPolicy.Refuse,
            },
            Quoted = parsed.GetValue(_quoted) ?? [],
        };

    private static Dictionary<string, ModelView> Crops(string[] values)
    {
        Dictionary<string, ModelView> crops = [];
        foreach (string value in values)
        {
            int sign = value.IndexOf('=', StringComparison.Ordinal);
            if (sign < 1)
            {
                throw new InputException($"--crop {value}: want NAME=CROP with the name of a system, such as biovil=480/512");
            }

            if (!crops.TryAdd(value[..sign], ModelView.Parse(value[(sign + 1)..])))
            {
                throw new InputException($"--crop {value}: {value[..sign]} has a crop already");
            }
        }

        return crops;
    }

    private static Option<string[]> Many(string name, string description, string helpName) =>
        new(name)
        {
            Description = description + " May be given several times.",
            HelpName = helpName,
            Arity = ArgumentArity.OneOrMore,
            AllowMultipleArgumentsPerToken = true,
        };
}
