using System.Globalization;
using CxrOnnx.CommandLine;
using CxrOnnx.Core.Bundles;
using CxrOnnx.Evaluation.Certification;

namespace CxrOnnx.Commands;

/// <summary><c>cxr bench --certify</c>: measures, puts the certificate into the bundle and shows it.</summary>
internal static class CertifyReport
{
    public static int Run(CertifyRequest request, CommandOutput output, CancellationToken cancellationToken)
    {
        BundleCertificate certificate = output.WithProgress(
            "certifying",
            progress => CertifyRun.Execute(request, progress, cancellationToken)
        );
        BundleCertificateFile.Attach(request.Bundle, certificate);
        if (output.IsJson)
        {
            output.Document(BundleCertificateFile.Write(certificate).TrimEnd());
            return ExitCodes.Done;
        }

        output.Table(
            ["provider", "math", "preset", "heatmaps", "least correlation", "mean", "max-abs", "s an image", ""],
            [.. certificate.Rows.Select(Row)]
        );
        output.Line(
            FormattableString.Invariant(
                $"against the preset exact in fp32 on the CPU; a correlation of at least {BundleCertificate.LeastCorrelation} holds"
            ) + ", and --preset auto and --math auto take the fastest that does"
        );
        output.Line($"{BundleLayout.CertificateFile} written into {request.Bundle}");
        return ExitCodes.Done;
    }

    private static IReadOnlyList<string> Row(CertificateRow row) =>
        [
            row.Provider,
            row.Math,
            row.Preset,
            row.Heatmaps.ToString(CultureInfo.InvariantCulture),
            row.LeastCorrelation.ToString("0.00000", CultureInfo.InvariantCulture),
            row.MeanCorrelation.ToString("0.00000", CultureInfo.InvariantCulture),
            row.MaxAbs.ToString("0.0e+0", CultureInfo.InvariantCulture),
            row.Seconds.ToString("0.000", CultureInfo.InvariantCulture),
            row.Holds ? "holds" : "",
        ];
}
