using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace CxrOnnx.Server.Metrics;

/// <summary>
/// Collects the measurements of one meter and writes them in Prometheus' text format (version 0.0.4): counters, gauges, and histograms with
/// the bucket boundaries that the instrument advises.
/// </summary>
internal sealed class PrometheusExporter : IDisposable
{
    private readonly object _gate = new();
    private readonly Dictionary<Instrument, SortedDictionary<string, Series>> _families = [];
    private readonly MeterListener _listener = new();

    public PrometheusExporter(Meter meter)
    {
        _listener.InstrumentPublished = (instrument, own) =>
        {
            if (!ReferenceEquals(instrument.Meter, meter))
            {
                return;
            }

            lock (_gate)
            {
                _families[instrument] = new SortedDictionary<string, Series>(StringComparer.Ordinal);
            }

            own.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Record(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Record(instrument, value, tags));
        _listener.Start();
    }

    /// <summary>Everything measured so far.</summary>
    public string Export()
    {
        _listener.RecordObservableInstruments();
        StringBuilder text = new();
        lock (_gate)
        {
            foreach (
                (Instrument instrument, SortedDictionary<string, Series> family) in _families.OrderBy(
                    entry => entry.Key.Name,
                    StringComparer.Ordinal
                )
            )
            {
                string type =
                    instrument is Histogram<double> ? "histogram"
                    : instrument is Counter<long> or ObservableCounter<double> ? "counter"
                    : "gauge";
                text.Append(
                    CultureInfo.InvariantCulture,
                    $"# HELP {instrument.Name} {instrument.Description}\n# TYPE {instrument.Name} {type}\n"
                );
                if (family.Count == 0 && instrument is Counter<long>)
                {
                    text.Append(CultureInfo.InvariantCulture, $"{instrument.Name} 0\n");
                }

                foreach ((string labels, Series series) in family)
                {
                    series.Write(text, instrument.Name, labels);
                }
            }
        }

        return text.ToString();
    }

    public void Dispose() => _listener.Dispose();

    private void Record(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        string labels = Labels(tags);
        lock (_gate)
        {
            SortedDictionary<string, Series> family = _families[instrument];
            if (!family.TryGetValue(labels, out Series? series))
            {
                family.Add(
                    labels,
                    series = new Series(instrument is Histogram<double> histogram ? histogram.Advice!.HistogramBucketBoundaries! : null)
                );
            }

            series.Record(value, adds: instrument is Counter<long> or Histogram<double>);
        }
    }

    private static string Labels(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        StringBuilder text = new();
        foreach ((string name, object? value) in tags)
        {
            string escaped = Convert
                .ToString(value, CultureInfo.InvariantCulture)!
                .Replace("\\", "\\\\", StringComparison.Ordinal)
                .Replace("\"", "\\\"", StringComparison.Ordinal)
                .Replace("\n", "\\n", StringComparison.Ordinal);
            text.Append(text.Length > 0 ? "," : "").Append(CultureInfo.InvariantCulture, $"{name}=\"{escaped}\"");
        }

        return text.ToString();
    }

    /// <summary>The measurements with one set of labels.</summary>
    private sealed class Series(IReadOnlyList<double>? boundaries)
    {
        private readonly long[] _buckets = new long[boundaries?.Count ?? 0];
        private double _sum;
        private long _count;

        public void Record(double value, bool adds)
        {
            _sum = adds ? _sum + value : value;
            _count++;
            for (int i = 0; i < _buckets.Length; i++)
            {
                if (value <= boundaries![i])
                {
                    _buckets[i]++;
                }
            }
        }

        public void Write(StringBuilder text, string name, string labels)
        {
            string braces = labels.Length > 0 ? $"{{{labels}}}" : "";
            if (boundaries is null)
            {
                text.Append(CultureInfo.InvariantCulture, $"{name}{braces} {_sum}\n");
                return;
            }

            string comma = labels.Length > 0 ? "," : "";
            for (int i = 0; i < _buckets.Length; i++)
            {
                text.Append(CultureInfo.InvariantCulture, $"{name}_bucket{{{labels}{comma}le=\"{boundaries[i]}\"}} {_buckets[i]}\n");
            }

            text.Append(
                CultureInfo.InvariantCulture,
                $"{name}_bucket{{{labels}{comma}le=\"+Inf\"}} {_count}\n{name}_sum{braces} {_sum}\n{name}_count{braces} {_count}\n"
            );
        }
    }
}
