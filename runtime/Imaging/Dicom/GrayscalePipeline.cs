using System.Globalization;
using CxrOnnx.Core;

namespace CxrOnnx.Imaging.Dicom;

/// <summary>
/// Stored value to gray value: modality lookup table or rescale, then VOI lookup table, else window, else percentiles, and the
/// inversion of MONOCHROME1 (or of a raw image whose bone is dark) last. A picture has at most 65,536 different samples, so the steps are
/// computed once per value and not once per pixel.
/// </summary>
internal sealed class GrayscalePipeline
{
    private const double LowPercentile = 0.005;
    private const double HighPercentile = 0.995;

    // Half, and a little more for windows whose ends are rounded.
    private const double LeastReach = 0.51;

    private readonly DicomDataset _dataset;
    private readonly DicomPixels _pixels;
    private readonly bool _inverts;
    private readonly string _name;
    private readonly long[] _histogram;
    private readonly double[] _modality;
    private readonly bool[] _padding;

    /// <summary>Prepares the pipeline.</summary>
    /// <param name="dataset">The file's attributes.</param>
    /// <param name="pixels">Their description.</param>
    /// <param name="inverts">Whether gray values are turned round at the end.</param>
    /// <param name="histogram">How often each raw word occurs.</param>
    /// <param name="name">What to call the file in messages.</param>
    public GrayscalePipeline(DicomDataset dataset, DicomPixels pixels, bool inverts, long[] histogram, string name)
    {
        _dataset = dataset;
        _pixels = pixels;
        _inverts = inverts;
        _histogram = histogram;
        _name = name;
        _padding = FindPadding();
        (_modality, ModalityBranch) = ApplyModality();
    }

    /// <summary>Which modality branch was taken.</summary>
    public string ModalityBranch { get; }

    /// <summary>Which VOI branch was taken.</summary>
    public string VoiBranch { get; private set; } = "";

    /// <summary>Remarks for the result.</summary>
    public List<string> Warnings { get; } = [];

    /// <summary>Gray value in [0,1] of every raw word.</summary>
    public float[] Table()
    {
        double[] gray = ApplyVoi();
        float[] table = new float[gray.Length];
        for (int raw = 0; raw < gray.Length; raw++)
        {
            table[raw] = _padding[raw] ? 0f : (float)(_inverts ? 1 - gray[raw] : gray[raw]);
        }

        return table;
    }

    private bool[] FindPadding()
    {
        bool[] found = new bool[_histogram.Length];
        int? Value(uint tag) => _pixels.Signed ? _dataset.Int16(tag) : _dataset.UInt16(tag);
        if (Value(DicomTag.PixelPaddingValue) is not { } value)
        {
            return found;
        }

        int limit = Value(DicomTag.PixelPaddingRangeLimit) ?? value;
        (int low, int high) = (Math.Min(value, limit), Math.Max(value, limit));
        for (int raw = 0; raw < found.Length; raw++)
        {
            found[raw] = _pixels.StoredValue(raw) is var stored && stored >= low && stored <= high;
        }

        return found;
    }

    private (double[] Values, string Branch) ApplyModality()
    {
        double[] values = new double[_histogram.Length];
        if (_dataset.Items(DicomTag.ModalityLutSequence) is [var item, ..])
        {
            DicomLookupTable table = DicomLookupTable.Read(item, _pixels.Signed, _name);
            for (int raw = 0; raw < values.Length; raw++)
            {
                values[raw] = table[_pixels.StoredValue(raw)];
            }

            return (values, "modality LUT");
        }

        double slope = Rescale(DicomTag.RescaleSlope, "RescaleSlope") ?? 1;
        double intercept = Rescale(DicomTag.RescaleIntercept, "RescaleIntercept") ?? 0;
        if (slope == 0)
        {
            throw new InputException($"{_name}: DICOM image with rescale slope 0: every pixel would be equal; the file is damaged");
        }

        for (int raw = 0; raw < values.Length; raw++)
        {
            values[raw] = (slope * _pixels.StoredValue(raw)) + intercept;
        }

        bool identity = slope == 1 && intercept == 0;
        return (
            values,
            identity ? "identity" : string.Create(CultureInfo.InvariantCulture, $"rescale slope {slope:G6} intercept {intercept:G6}")
        );
    }

    /// <summary>A number that may be left out but not misspelt: its sign decides what is bright.</summary>
    private double? Rescale(uint tag, string attribute) =>
        _dataset.Number(tag)
        ?? (
            _dataset.Code(tag).Length == 0
                ? null
                : throw new InputException(
                    $"{_name}: DICOM image whose {attribute} {DicomTag.Text(tag)} is no number (with a point before decimals); mend it "
                        + "where the file was made"
                )
        );

    private double[] ApplyVoi()
    {
        if (_dataset.Items(DicomTag.VoiLutSequence) is [var item, ..] items)
        {
            // A descriptor without representation is signed if the values before it can be negative (PS3.3 C.11.2.1.1).
            DicomLookupTable table = DicomLookupTable.Read(item, _modality.Min() < 0, _name);
            if (items.Count > 1)
            {
                Warnings.Add($"{items.Count} VOI lookup tables; the first was taken");
            }

            if (Try("VOI LUT", value => Math.Clamp(table[value] / (double)table.Largest, 0, 1)) is { } gray)
            {
                return gray;
            }
        }

        if (
            Window() is { } window
            && Try(
                string.Create(CultureInfo.InvariantCulture, $"window {window.Center:G6}/{window.Width:G6} {window.Function}"),
                window.Apply
            )
                is { } windowed
        )
        {
            return windowed;
        }

        (double low, double high) = Percentiles();
        VoiBranch = string.Create(CultureInfo.InvariantCulture, $"percentiles {low:G6}..{high:G6}");
        double range = high > low ? high - low : 1;
        return Array.ConvertAll(_modality, value => Math.Clamp((value - low) / range, 0, 1));
    }

    /// <summary>Applies a transformation unless it makes the whole picture one gray value.</summary>
    private double[]? Try(string branch, Func<double, double> transformation)
    {
        double[] gray = Array.ConvertAll(_modality, value => transformation(value));
        (double low, double high) = (double.PositiveInfinity, double.NegativeInfinity);
        for (int raw = 0; raw < gray.Length; raw++)
        {
            if (_histogram[raw] > 0 && !_padding[raw])
            {
                (low, high) = (Math.Min(low, gray[raw]), Math.Max(high, gray[raw]));
            }
        }

        if (high > low)
        {
            VoiBranch = branch;
            return gray;
        }

        Warnings.Add($"the file's {branch} makes the whole picture one gray value and was not used");
        return null;
    }

    private VoiWindow? Window()
    {
        if (_dataset.Number(DicomTag.WindowCenter) is not { } center || _dataset.Number(DicomTag.WindowWidth) is not { } width)
        {
            if (_dataset.Code(DicomTag.WindowCenter).Length > 0 || _dataset.Code(DicomTag.WindowWidth).Length > 0)
            {
                Warnings.Add("the file's window lacks a number, or has one with a comma, and was not used");
            }

            return null;
        }

        if (_dataset.Texts(DicomTag.WindowCenter).Count > 1)
        {
            Warnings.Add($"{_dataset.Texts(DicomTag.WindowCenter).Count} windows; the first was taken");
        }

        string function = _dataset.Code(DicomTag.VoiLutFunction);
        if (function is not ("" or "LINEAR" or "LINEAR_EXACT" or "SIGMOID"))
        {
            Warnings.Add("the file names an unknown VOI LUT function; LINEAR was taken");
            function = "";
        }

        VoiWindow window = new(function.Length == 0 ? "LINEAR" : function, center, width);
        if (window.IsValid)
        {
            if (IsOutOfReach(window))
            {
                Warnings.Add(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"much of the file's window {center:G6}/{width:G6} lies beyond all values that its bits can hold; the window, "
                            + $"BitsStored or PixelRepresentation may be wrong"
                    )
                );
            }

            return window;
        }

        Warnings.Add(string.Create(CultureInfo.InvariantCulture, $"the file's window width {width:G6} is not allowed and was not used"));
        return null;
    }

    /// <summary>
    /// Whether less than about half of a window's width can be reached by any stored value: so it is where a file says that its values
    /// are signed and they are not, or has a window for other bits.
    /// </summary>
    private bool IsOutOfReach(VoiWindow window)
    {
        double reached =
            Math.Min(_modality.Max(), window.Center + (window.Width / 2)) - Math.Max(_modality.Min(), window.Center - (window.Width / 2));
        return reached < LeastReach * window.Width;
    }

    private (double Low, double High) Percentiles()
    {
        int[] order =
        [
            .. Enumerable.Range(0, _histogram.Length).Where(raw => _histogram[raw] > 0 && !_padding[raw]).OrderBy(raw => _modality[raw]),
        ];
        if (order.Length == 0)
        {
            return (0, 0);
        }

        long total = order.Sum(raw => _histogram[raw]);
        (double low, double high) = (At(LowPercentile), At(HighPercentile));

        // Nearly all pixels equal: the percentiles meet, and the full range is what is left.
        return high > low ? (low, high) : (_modality[order[0]], _modality[order[^1]]);

        double At(double share)
        {
            long below = 0;
            foreach (int raw in order)
            {
                below += _histogram[raw];
                if (below > share * (total - 1))
                {
                    return _modality[raw];
                }
            }

            return _modality[order[^1]];
        }
    }
}
