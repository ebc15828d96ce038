using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace CxrOnnx.Server.Hosting;

/// <summary>
/// Collects the measurements of one meter and writes them in Prometheus' text format (version 0.0.4): counters, gauges, and histograms with the bucket
/// boundaries that the instrument advises.
/// </summary>
internal sealed class PrometheusExporter : IDisposable
{
    private readonly object gate = new();
    private readonly Dictionary<Instrument, SortedDictionary<string, Series>> families = [];
    private readonly MeterListener listener = new();

    public PrometheusExporter(Meter meter)
    {
        listener.InstrumentPublished = (instrument, own) =>
        {
            if (!ReferenceEquals(instrument.Meter, meter))
                return;
            lock (gate)
                families[instrument] = new SortedDictionary<string, Series>(StringComparer.Ordinal);
            own.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Record(instrument, value, tags));
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Record(instrument, value, tags));
        listener.Start();
    }

    /// <summary>Everything measured so far.</summary>
    public string Export()
    {
        listener.RecordObservableInstruments();
        StringBuilder text = new();
        lock (gate)
        {
            foreach ((Instrument instrument, SortedDictionary<string, Series> family) in families.OrderBy(entry => entry.Key.Name, StringComparer.Ordinal))
            {
                string type = instrument is Histogram<double> ? "histogram" : instrument is Counter<long> or ObservableCounter<double> ? "counter" : "gauge";
                text.Append(CultureInfo.InvariantCulture, $"# HELP {instrument.Name} {instrument.Description}\n# TYPE {instrument.Name} {type}\n");
                if (family.Count == 0 && instrument is Counter<long>)
                    text.Append(CultureInfo.InvariantCulture, $"{instrument.Name} 0\n");
                foreach ((string labels, Series series) in family)
                    series.Write(text, instrument.Name, labels);
            }
        }

        return text.ToString();
    }

    public void Dispose() => listener.Dispose();

    private void Record(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        string labels = Labels(tags);
        lock (gate)
        {
            SortedDictionary<string, Series> family = families[instrument];
            if (!family.TryGetValue(labels, out Series? series))
                family.Add(labels, series = new Series(instrument is Histogram<double> histogram ? histogram.Advice!.HistogramBucketBoundaries! : null));
            series.Record(value, adds: instrument is Counter<long> or Histogram<double>);
        }
    }

    private static string Labels(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        StringBuilder text = new();
        foreach ((string name, object? value) in tags)
        {
            string escaped = Convert.ToString(value, CultureInfo.InvariantCulture)!.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
            text.Append(text.Length > 0 ? "," : "").Append(CultureInfo.InvariantCulture, $"{name}=\"{escaped}\"");
        }

        return text.ToString();
    }

    /// <summary>The measurements with one set of labels.</summary>
    private sealed class Series(IReadOnlyList<double>? boundaries)
    {
        private readonly long[] buckets = new long[boundaries?.Count ?? 0];
        private double sum;
        private long count;

        public void Record(double value, bool adds)
        {
            sum = adds ? sum + value : value;
            count++;
            for (int i = 0; i < buckets.Length; i++)
            {
                if (value <= boundaries![i])
                    buckets[i]++;
            }
        }

        public void Write(StringBuilder text, string name, string labels)
        {
            string braces = labels.Length > 0 ? $"{{{labels}}}" : "";
            if (boundaries is null)
            {
                text.Append(CultureInfo.InvariantCulture, $"{name}{braces} {sum}\n");
                return;
            }

            string comma = labels.Length > 0 ? "," : "";
            for (int i = 0; i < buckets.Length; i++)
                text.Append(CultureInfo.InvariantCulture, $"{name}_bucket{{{labels}{comma}le=\"{boundaries[i]}\"}} {buckets[i]}\n");
            text.Append(CultureInfo.InvariantCulture, $"{name}_bucket{{{labels}{comma}le=\"+Inf\"}} {count}\n{name}_sum{braces} {sum}\n{name}_count{braces} {count}\n");
        }
    }
}
