namespace CxrOnnx.Phantom;

/// <summary>From attenuation to the picture: blur, tone curve, collimation, noise.</summary>
internal static class Acquisition
{
    public static float[] Develop(Canvas canvas, Patient patient, float[] attenuation, PhantomSettings settings, PhantomRandom random)
    {
        float blur = settings.Blur * random.Range(0.6f, 1.4f) * Math.Min(canvas.Width, canvas.Height);
        Blur(canvas, attenuation, blur);
        float exposure = settings.Exposure * random.Range(0.84f, 1.17f) * (1f - (0.06f * patient.Habitus));
        float gamma = settings.Gamma * random.Range(0.86f, 1.16f);
        float black = random.Range(0.0f, 0.05f);
        float white = random.Range(0.90f, 1.0f);
        float tilt = random.Around(0.06f);
        float noise = settings.Noise * random.Range(0.5f, 1.6f);
        float strength = 1.32f * exposure;
        // exp(-attenuation) saturates as a detector does; the white point is a thick spine.
        float top = 1f - MathF.Exp(-1.32f * 1.45f);
        var tone = new Curve(
            -0.2f,
            3f,
            t =>
                black
                + ((white - black) * MathF.Pow(Math.Clamp((1f - MathF.Exp(-strength * Math.Max(0f, t))) / top, 0f, 1.08f), 1.18f * gamma))
        );
        float[] image = new float[canvas.Pixels];
        float[] row = new float[canvas.Width];
        var structure = new SmoothNoise(canvas, random, 44f);
        ulong key = random.NextUInt64();
        for (int y = 0; y < canvas.Height; y++)
        {
            Array.Clear(row);
            structure.AddRow(row, y, 0, 0.022f);
            int start = y * canvas.Width;
            for (int x = 0; x < canvas.Width; x++)
            {
                float t = attenuation[start + x];
                float body = Shade.Clamp01(4f * t);
                t += body * (row[x] + (tilt * (((x + 0.5f) / canvas.Width) - 0.5f)));
                float value = tone[t];
                image[start + x] = value + (noise * (0.35f + (0.65f * body)) * Gaussian(key + (ulong)(start + x)));
            }
        }

        Collimate(canvas, image, settings, random);
        return image;
    }

    private static void Collimate(Canvas canvas, float[] image, PhantomSettings settings, PhantomRandom random)
    {
        if (!random.Chance(settings.Collimation))
        {
            return;
        }

        float side = Math.Min(canvas.Width, canvas.Height);
        Span<float> blade = [0f, 0f, 0f, 0f];
        for (int i = 0; i < 4; i++)
        {
            blade[i] = random.Chance(0.6f) ? random.Range(0.008f, 0.04f) * side : -1f;
        }

        for (int y = 0; y < canvas.Height; y++)
        {
            float vertical = Math.Min(
                blade[1] < 0f ? side : y + 0.5f - blade[1],
                blade[3] < 0f ? side : canvas.Height - y - 0.5f - blade[3]
            );
            for (int x = 0; x < canvas.Width; x++)
            {
                float inside = Math.Min(
                    vertical,
                    Math.Min(blade[0] < 0f ? side : x + 0.5f - blade[0], blade[2] < 0f ? side : canvas.Width - x - 0.5f - blade[2])
                );
                if (inside < 0.01f * side)
                {
                    image[(y * canvas.Width) + x] *= 0.06f + (0.94f * Shade.Smooth(-0.004f * side, 0.006f * side, inside));
                }
            }
        }
    }

    /// <summary>Separable Gaussian with a radius of three deviations; below a third of a pixel there is nothing to do.</summary>
    private static void Blur(Canvas canvas, float[] image, float sigma)
    {
        if (sigma < 0.33f)
        {
            return;
        }

        int radius = (int)MathF.Ceiling(2.6f * sigma);
        float[] kernel = new float[radius + 1];
        float total = 0f;
        for (int k = 0; k <= radius; k++)
        {
            kernel[k] = MathF.Exp(-0.5f * k * k / (sigma * sigma));
            total += k == 0 ? kernel[k] : 2f * kernel[k];
        }

        for (int k = 0; k <= radius; k++)
        {
            kernel[k] /= total;
        }

        int width = canvas.Width;
        int height = canvas.Height;
        float[] across = canvas.Layer();
        float[] padded = new float[width + (2 * radius)];
        for (int y = 0; y < height; y++)
        {
            ReadOnlySpan<float> source = image.AsSpan(y * width, width);
            padded.AsSpan(0, radius).Fill(source[0]);
            source.CopyTo(padded.AsSpan(radius));
            padded.AsSpan(radius + width).Fill(source[^1]);
            Span<float> target = across.AsSpan(y * width, width);
            Accumulate(target, padded.AsSpan(radius, width), default, kernel[0]);
            for (int k = 1; k <= radius; k++)
            {
                Accumulate(target, padded.AsSpan(radius - k, width), padded.AsSpan(radius + k, width), kernel[k]);
            }
        }

        for (int y = 0; y < height; y++)
        {
            Span<float> target = image.AsSpan(y * width, width);
            target.Clear();
            Accumulate(target, across.AsSpan(y * width, width), default, kernel[0]);
            for (int k = 1; k <= radius; k++)
            {
                Accumulate(
                    target,
                    across.AsSpan(Math.Max(0, y - k) * width, width),
                    across.AsSpan(Math.Min(height - 1, y + k) * width, width),
                    kernel[k]
                );
            }
        }
    }

    private static void Accumulate(Span<float> target, ReadOnlySpan<float> a, ReadOnlySpan<float> b, float weight)
    {
        if (b.IsEmpty)
        {
            VectorRows.AddScaled(target, a, weight);
        }
        else
        {
            VectorRows.AddScaledPair(target, a, b, weight);
        }
    }

    /// <summary>A nearly normal number (sum of four uniforms of 16 bits each, variance 1) from a counter.</summary>
    private static float Gaussian(ulong counter)
    {
        ulong bits = PhantomRandom.Mix(counter * 0x9E3779B97F4A7C15UL);
        int sum = (int)(bits & 0xFFFF) + (int)((bits >> 16) & 0xFFFF) + (int)((bits >> 32) & 0xFFFF) + (int)(bits >> 48);
        return ((sum * (1f / 65535f)) - 2f) * 1.7320508f;
    }
}
