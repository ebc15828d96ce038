using System.Globalization;
using System.Text;
using System.Xml;
using CxrOnnx.Core.Artifacts;

namespace CxrOnnx.Grounding.Parity;

/// <summary>A parity report as CI systems read it: one test per tensor, and one failed test per problem of the golden file.</summary>
public static class JUnitReport
{
    /// <summary>Writes the file.</summary>
    /// <exception cref="Core.InputException">The file cannot be written.</exception>
    public static void Write(string path, ParityReport report) =>
        AtomicFile.Write(
            path,
            stream =>
            {
                using XmlWriter xml = XmlWriter.Create(stream, new XmlWriterSettings { Indent = true, Encoding = new UTF8Encoding(false) });
                int failures = report.Problems.Count + report.Tensors.Count(tensor => !tensor.Passed);
                xml.WriteStartElement("testsuites");
                xml.WriteStartElement("testsuite");
                xml.WriteAttributeString("name", $"parity of bundle {report.BundleId}");
                xml.WriteAttributeString("tests", (report.Tensors.Count + report.Problems.Count).ToString(CultureInfo.InvariantCulture));
                xml.WriteAttributeString("failures", failures.ToString(CultureInfo.InvariantCulture));
                foreach (TensorParity tensor in report.Tensors)
                {
                    string figures = string.Create(
                        CultureInfo.InvariantCulture,
                        $"max-abs {tensor.MaxAbsolute:G6}, max-rel {tensor.MaxRelative:G6}, cosine {tensor.Cosine:G9}, tolerance "
                            + $"{tensor.Tolerance}, {tensor.FailedElements} of {tensor.ElementCount} elements outside"
                    );
                    Case(xml, tensor.Graph, $"{tensor.Case}/{tensor.Tensor}", tensor.Passed ? null : tensor.Problem ?? figures, figures);
                }

                foreach (string problem in report.Problems)
                {
                    Case(xml, "golden file", problem, problem, "");
                }

                xml.WriteEndElement();
                xml.WriteEndElement();
            }
        );

    private static void Case(XmlWriter xml, string group, string name, string? failure, string figures)
    {
        xml.WriteStartElement("testcase");
        xml.WriteAttributeString("classname", group);
        xml.WriteAttributeString("name", name);
        if (failure is not null)
        {
            xml.WriteStartElement("failure");
            xml.WriteAttributeString("message", failure);
            xml.WriteEndElement();
        }

        if (figures.Length > 0)
        {
            xml.WriteElementString("system-out", figures);
        }

        xml.WriteEndElement();
    }
}
