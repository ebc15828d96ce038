using System.Text;
using CxrOnnx.Core;
using CxrOnnx.Core.Atlas;
using CxrOnnx.Core.Geometry;
using CxrOnnx.Evaluation.Datasets;
using CxrOnnx.Evaluation.Methods;
using CxrOnnx.Tests;
using CxrOnnx.Workflows.Batch;
using Xunit;

namespace CxrOnnx.Runtime.Tests.Evaluation;

/// <summary>Changed tables and box files are read or refused; nothing else comes of them.</summary>
[Trait("Category", "slow")]
public sealed class TableFuzzTests : IDisposable
{
    private const int Files = 500;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("ms-cxr")]
    [InlineData("vindr-cxr")]
    [InlineData("ms-cxr json")]
    [InlineData("nih")]
    [InlineData("rsna")]
    [InlineData("padchest-gr")]
    [InlineData("chexlocalize")]
    [InlineData("boxes")]
    [InlineData("batch")]
    public void Read_ChangedBytes_GivesContentOrOneLine(string kind)
    {
        byte[] good = Encoding.UTF8.GetBytes(
            kind switch
            {
                "ms-cxr" => "category_name,label_text,path,x,y,w,h,image_width,image_height\n"
                    + "Pneumonia,\"opacity, left \"\"lower\"\" lobe\",a/b.png,10,20,30.5,40,200,100\n"
                    + "Edema,éàü,a/c.png,1,2,3,4,50,60\n",
                "vindr-cxr" =>
                    "image_id,class_name,rad_id,x_min,y_min,x_max,y_max\nv1,Consolidation,R1,10,20,30,40.5\nv2,No finding,R1,,,,\n",
                "ms-cxr json" => """
                {"categories": [{"id": 1, "name": "Edema"}], "images": [{"id": 3, "file_name": "a.jpg", "width": 300, "height": 200}],
                 "annotations": [{"image_id": 3, "category_id": 1, "bbox": [1, 2, 30.5, 4e1], "label_text": ["\u00e9d\u00e8me", "x"]}]}
                """,
                "nih" => "Image Index,Finding Label,Bbox [x,y,w,h],,,\n1_0.png,Atelectasis,225.08,547.02,86.78,79.19,,,\n",
                "rsna" => "patientId,x,y,width,height,Target\nn,,,,,0\np,264.0,152.0,213.0,379.0,1\n",
                "padchest-gr" => """
                [{"ImageID": "a.png", "findings": [{"sentence_en": "Edema.", "labels": ["edema"], "boxes": [[0.1, 0.2, 5e-1, 0.6]]},
                  {"sentence_en": "Normal.", "abnormal": false}]}]
                """,
                "chexlocalize" => """
                {"patient1_study1_view1_frontal": {"Edema": {"size": [4, 5], "counts": "34214"},
                  "Atelectasis": {"size": [4, 5], "counts": [3, 4, 13]}},
                 "patient2_study1_view1_lateral": {}}
                """,
                "boxes" => """
                [{"image_id":"a","label_text":"b","category_name":"c","boxes":[[1,2,3,4],[5.5,6,7e1,8]]},
                 {"image_id":"b","label_text":"d","category_name":"c","boxes":[]}]
                """,
                _ => "image,phrase,report,frame\na.png,edema,,1\nb.png,,r.txt,\n",
            }
        );
        string path = _folder.File($"fuzz.{kind}");
        File.WriteAllText(_folder.File("r.txt"), "Findings: Right pleural effusion.");
        File.WriteAllBytes(path, good);
        Read(kind, path);
        Random random = new(kind.Length);
        int refused = ChangedBytes.ReadAll(
            kind,
            ChangedBytes.Count(Files),
            _ =>
            {
                File.WriteAllBytes(path, ChangedBytes.Of(good, random));
                try
                {
                    Read(kind, path);
                    return true;
                }
                catch (CxrOnnxException)
                {
                    return false;
                }
            }
        );

        Assert.NotEqual(0, refused);
    }

    private static void Read(string kind, string path)
    {
        switch (kind)
        {
            case "boxes":
                _ = new BoxPredictions(path);
                break;
            case "batch":
                new BatchManifest(path).Load();
                break;
            default:
                EvaluationDataset.Load(new DatasetSource(kind.Split(' ')[0], path), _ => new ImageSize(300, 200), LocationAtlas.Default);
                break;
        }
    }
}
