using System.Security.Cryptography;
using System.Text;
using CxrOnnx.Server.Configuration;
using CxrOnnx.Server.Metrics;
using CxrOnnx.Server.Problems;
using CxrOnnx.Server.Work;

namespace CxrOnnx.Server.Images;

/// <summary>
/// Uploaded images, in memory only; the least recently used go first. The id is a keyed hash of the content: the same file gets the same id
/// as long as the process lives, and nobody can tell from an id what image it is or guess it.
/// </summary>
internal sealed class ImageStore(ServiceOptions options, ServiceMetrics metrics)
{
    private const int IdBytes = 16;

    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);
    private readonly ByteBoundedCache<string, StoredImage> _images = new(options.ImageCacheBytes);

    /// <summary>Keeps an image.</summary>
    /// <returns>Its id.</returns>
    /// <exception cref="ProblemException">413: it is larger than the whole store.</exception>
    public string Add(StoredImage image)
    {
        string id = Convert.ToHexStringLower(HMACSHA256.HashData(_key, Encoding.ASCII.GetBytes(image.Key)).AsSpan(0, IdBytes));
        if (!_images.Set(id, image, image.Size))
        {
            throw ProblemException.TooLarge("the image is larger than what this service keeps; send it with each request to /v1/ground");
        }

        metrics.ImageBytes.Record(_images.Bytes);
        return id;
    }

    /// <summary>A kept image.</summary>
    /// <exception cref="ProblemException">404: there is none, or it had to go.</exception>
    public StoredImage Find(string id) =>
        _images.TryGet(id, out StoredImage? image)
            ? image
            : throw ProblemException.NotFound("image-unknown", "there is no image with this id (any more); upload it again");

    /// <summary>Forgets an image.</summary>
    /// <exception cref="ProblemException">404: there is none.</exception>
    public void Remove(string id)
    {
        if (!_images.Remove(id))
        {
            Find(id);
        }

        metrics.ImageBytes.Record(_images.Bytes);
    }
}
