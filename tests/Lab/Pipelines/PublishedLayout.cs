using System.Globalization;
using System.IO.Compression;
using System.Text;
using CxrOnnx.Core.Artifacts;
using NetVips;

namespace CxrOnnx.Lab.Tests.Pipelines;

/// <summary>
/// A phantom data set laid out as PhysioNet publishes MIMIC-CXR-JPG, MIMIC-CXR's reports, Chest ImaGenome, MS-CXR and VinDr-CXR: names,
/// folders, columns, compression and file types. The patients of the first images are for tuning, then come those of MS-CXR, then
/// VinDr-CXR.
/// </summary>
internal sealed class PublishedLayout
{
    private static readonly string[] ImageLabels =
    [
        .. (
            "Aortic enlargement,Atelectasis,Calcification,Cardiomegaly,Clavicle fracture,Consolidation,Edema,Emphysema," + "Enlarged PA,ILD"
        ).Split(','),
        .. "Infiltration,Lung Opacity,Lung cavity,Lung cyst,Mediastinal shift,Nodule/Mass,Pleural effusion,Pleural thickening".Split(','),
        .. "Pneumothorax,Pulmonary fibrosis,Rib fracture,Other lesion,COPD,Lung tumor,Pneumonia,Tuberculosis,Other disease".Split(','),
        "No finding",
    ];

    private readonly string _phantom;
    private readonly string _root;
    private readonly string[] _ids;
    private readonly int _tuning;
    private readonly int _msCxr;

    private PublishedLayout(string phantom, string root, int tuning, int msCxr)
    {
        _phantom = phantom;
        _root = root;
        _tuning = tuning;
        _msCxr = msCxr;
        _ids =
        [
            .. Directory
                .EnumerateFiles(Path.Combine(phantom, "images"), "*.png")
                .Select(path => Path.GetFileNameWithoutExtension(path))
                .Order(StringComparer.Ordinal),
        ];
    }

    /// <summary>Writes it.</summary>
    /// <param name="phantom">Folder of <c>cxr-lab phantom</c>.</param>
    /// <param name="root">Folder that stands for physionet.org/files.</param>
    /// <param name="tuning">How many images are for tuning.</param>
    /// <param name="msCxr">How many are MS-CXR's; the rest is VinDr-CXR's.</param>
    public static void Write(string phantom, string root, int tuning, int msCxr)
    {
        PublishedLayout layout = new(phantom, root, tuning, msCxr);
        layout.WriteMimic();
        layout.WriteMsCxr();
        layout.WriteChestImaGenome();
        layout.WriteVinDr();
    }

    private int OfMimic => _tuning + _msCxr;

    private static string Subject(int i) => string.Create(CultureInfo.InvariantCulture, $"{10000000 + i}");

    private static string Study(int i) => string.Create(CultureInfo.InvariantCulture, $"{50000000 + i}");

    private static string Dicom(int i) =>
        string.Join(
            '-',
            Enumerable.Range(1, 5).Select(part => (0x0a000000 + (part * 4096) + i).ToString("x8", CultureInfo.InvariantCulture))
        );

    private static string VinDr(int i) =>
        string.Concat(Enumerable.Range(1, 4).Select(part => (0x0b000000 + (part * 4096) + i).ToString("x8", CultureInfo.InvariantCulture)));

    private static string ImagePath(int i) => $"files/p10/p{Subject(i)}/s{Study(i)}/{Dicom(i)}.jpg";

    private string Mimic(string name) => In("mimic-cxr-jpg/2.1.0/" + name);

    private string In(string name)
    {
        string path = Path.Combine(_root, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        return path;
    }

    private Image Open(int i) => Image.NewFromFile(Path.Combine(_phantom, "images", _ids[i] + ".png"));

    private void WriteMimic()
    {
        StringBuilder metadata = new(
            "dicom_id,subject_id,study_id,PerformedProcedureStepDescription,ViewPosition,Rows,Columns,StudyDate,StudyTime,"
                + "ProcedureCodeSequence_CodeMeaning,ViewCodeSequence_CodeMeaning,PatientOrientationCodeSequence_CodeMeaning\n"
        );
        StringBuilder split = new("dicom_id,study_id,subject_id,split\n");
        using ZipArchive reports = ZipFile.Open(In("mimic-cxr/2.1.0/mimic-cxr-reports.zip"), ZipArchiveMode.Create);
        for (int i = 0; i < OfMimic; i++)
        {
            using Image image = Open(i);
            image.Jpegsave(Mimic(ImagePath(i)), q: 95, keep: Enums.ForeignKeep.None);
            metadata.Append(
                CultureInfo.InvariantCulture,
                $"{Dicom(i)},{Subject(i)},{Study(i)},CHEST (PA AND LAT),PA,{image.Height},{image.Width},21800506,"
                    + $"213014.531,CHEST (PA AND LAT),postero-anterior,Erect\n"
            );
            string part =
                i >= _tuning ? "test"
                : i == 0 ? "validate"
                : "train";
            split.Append(CultureInfo.InvariantCulture, $"{Dicom(i)},{Study(i)},{Subject(i)},{part}\n");
            using StreamWriter report = new(reports.CreateEntry($"files/p10/p{Subject(i)}/s{Study(i)}.txt").Open());
            report.Write(File.ReadAllText(Path.Combine(_phantom, "reports", _ids[i] + ".txt")));
        }

        Pack(Mimic("mimic-cxr-2.0.0-metadata.csv.gz"), metadata.ToString());
        Pack(Mimic("mimic-cxr-2.0.0-split.csv.gz"), split.ToString());
    }

    private void WriteMsCxr()
    {
        StringBuilder csv = new("dicom_id,category_name,label_text,path,x,y,w,h,image_width,image_height,split\n");
        CsvTable table = CsvTable.Load(Path.Combine(_phantom, "ms-cxr.csv"));
        foreach (CsvTable.Row row in table.Rows)
        {
            int i = IndexOf(table.Text(row, "path"));
            if (i >= _tuning && i < OfMimic)
            {
                string[] copied = ["x", "y", "w", "h", "image_width", "image_height"];
                csv.AppendJoin(
                        ',',
                        [
                            Dicom(i),
                            table.Text(row, "category_name"),
                            table.Text(row, "label_text"),
                            ImagePath(i),
                            .. copied.Select(column => table.Text(row, column)),
                            "test",
                        ]
                    )
                    .Append('\n');
            }
        }

        File.WriteAllText(In("ms-cxr/1.1.0/MS_CXR_Local_Alignment_v1.1.0.csv"), csv.ToString());
    }

    private void WriteChestImaGenome()
    {
        StringBuilder csv = new(
            "image_id,x1,y1,x2,y2,width,height,bbox_name,annot_id,original_x1,original_x2,original_y1,original_y2,original_width,"
                + "original_height,annotator,coord224,coord_original\n"
        );
        CsvTable table = CsvTable.Load(Path.Combine(_phantom, "chest-imagenome.csv"));
        foreach (CsvTable.Row row in table.Rows)
        {
            int i = IndexOf(table.Text(row, "image_id"));
            if (i < _tuning)
            {
                string Of(string column) => ((int)table.Number(row, column)).ToString(CultureInfo.InvariantCulture);
                csv.Append(
                    CultureInfo.InvariantCulture,
                    $"{Dicom(i)}.dcm,{Of("x1")},{Of("y1")},{Of("x2")},{Of("y2")},{Of("width")},{Of("height")},"
                        + $"{table.Text(row, "bbox_name")},"
                        + $"{Dicom(i)}.dcm_x,{Of("original_x1")},{Of("original_x2")},{Of("original_y1")},{Of("original_y2")},"
                        + $"{Of("original_width")},{Of("original_height")},W,"
                        + $"\"[{Of("x1")}, {Of("y1")}, {Of("x2")}, {Of("y2")}]\","
                        + $"\"[{Of("original_x1")}, {Of("original_y1")}, {Of("original_x2")}, {Of("original_y2")}]\"\n"
                );
            }
        }

        File.WriteAllText(In("chest-imagenome/1.0.0/gold_dataset/gold_bbox_coordinate_annotations_1000images.csv"), csv.ToString());
    }

    private void WriteVinDr()
    {
        StringBuilder csv = new("image_id,class_name,x_min,y_min,x_max,y_max\n");
        HashSet<int> pneumonias = [];
        CsvTable table = CsvTable.Load(Path.Combine(_phantom, "vindr-cxr.csv"));
        foreach (CsvTable.Row row in table.Rows)
        {
            int i = IndexOf(table.Text(row, "image_id"));
            if (i >= OfMimic)
            {
                // VinDr-CXR has no boxes of pneumonia: radiologists drew infiltrations, and labelled the image.
                bool isPneumonia = table.Text(row, "class_name") == "Pneumonia";
                string[] columns = ["x_min", "y_min", "x_max", "y_max"];
                csv.AppendJoin(
                        ',',
                        [
                            VinDr(i),
                            isPneumonia ? "Infiltration" : table.Text(row, "class_name"),
                            .. columns.Select(column => table.Text(row, column)),
                        ]
                    )
                    .Append('\n');
                if (isPneumonia)
                {
                    pneumonias.Add(i);
                }
            }
        }

        for (int i = OfMimic; i < _ids.Length; i++)
        {
            using Image image = Open(i);
            File.WriteAllBytes(In($"vindr-cxr/1.0.0/test/{VinDr(i)}.dicom"), DicomOf(image));
        }

        csv.Append(CultureInfo.InvariantCulture, $"{VinDr(_ids.Length)},No finding,,,,\n");
        StringBuilder labels = new("image_id," + string.Join(',', ImageLabels) + "\n");
        for (int i = OfMimic; i < _ids.Length; i++)
        {
            labels
                .Append(VinDr(i))
                .Append(string.Concat(ImageLabels.Select(label => label == "Pneumonia" && pneumonias.Contains(i) ? ",1" : ",0")))
                .Append('\n');
        }

        File.WriteAllText(In("vindr-cxr/1.0.0/annotations/image_labels_test.csv"), labels.ToString());
        File.WriteAllText(In("vindr-cxr/1.0.0/annotations/annotations_test.csv"), csv.ToString());
    }

    private int IndexOf(string path) => Array.IndexOf(_ids, Path.GetFileNameWithoutExtension(path));

    private static void Pack(string path, string text)
    {
        using GZipStream stream = new(File.Create(path), CompressionLevel.Fastest);
        stream.Write(Encoding.UTF8.GetBytes(text));
    }

    /// <summary>An 8-bit MONOCHROME2 file, explicit little endian.</summary>
    private static byte[] DicomOf(Image image)
    {
        using MemoryStream stream = new();
        using BinaryWriter writer = new(stream);
        void Element(ushort group, ushort element, string type, byte[] value)
        {
            writer.Write(group);
            writer.Write(element);
            writer.Write(Encoding.ASCII.GetBytes(type));
            byte[] even = value.Length % 2 == 0 ? value : [.. value, (byte)(type is "UI" or "OB" ? 0 : ' ')];
            if (type == "OB")
            {
                writer.Write((ushort)0);
                writer.Write(even.Length);
            }
            else
            {
                writer.Write((ushort)even.Length);
            }

            writer.Write(even);
        }

        void Text(ushort group, ushort element, string type, string value) => Element(group, element, type, Encoding.ASCII.GetBytes(value));
        void Number(ushort element, int value) => Element(0x28, element, "US", BitConverter.GetBytes((ushort)value));
        writer.Write(new byte[128]);
        writer.Write("DICM"u8);
        Text(2, 0x10, "UI", "1.2.840.10008.1.2.1");
        Text(8, 0x16, "UI", "1.2.840.10008.5.1.4.1.1.1.1");
        Text(8, 0x60, "CS", "DX");
        Number(2, 1);
        Text(0x28, 4, "CS", "MONOCHROME2");
        Number(0x10, image.Height);
        Number(0x11, image.Width);
        Number(0x100, 8);
        Number(0x101, 8);
        Number(0x102, 7);
        Number(0x103, 0);
        Element(0x7FE0, 0x10, "OB", image.WriteToMemory<byte>());
        writer.Flush();
        return stream.ToArray();
    }
}
