namespace CxrOnnx.Core.Confidence;

/// <summary>Logistic regression with a ridge penalty: p = 1 / (1 + exp(-(intercept + sum w_j x_j))). Immutable and thread-safe.</summary>
/// <param name="Intercept">The log odds at x = 0; not penalised.</param>
/// <param name="Weights">One per column.</param>
/// <remarks>
/// Hoerl and Kennard 1970 (ridge) on the likelihood of Cox 1958; found by Newton's method (iteratively reweighted least squares) with step
/// halving, which always arrives: the penalised likelihood is strictly concave in the weights.
/// </remarks>
public sealed record LogisticRegression(double Intercept, IReadOnlyList<double> Weights)
{
    private const int MostIterations = 100;
    private const double Tolerance = 1e-9;

    /// <summary>Fits the weights to cases.</summary>
    /// <param name="rows">
    /// The features of each case, all of one length and finite; best standardised, because the ridge treats all columns alike.
    /// </param>
    /// <param name="labels">What is to be predicted, one per row; both values must occur.</param>
    /// <param name="ridge">
    /// Penalty: half of it times the sum of the squared weights is added to the negative log likelihood; positive.
    /// </param>
    /// <param name="balanced">
    /// Whether both labels weigh the same in sum, as if they were equally frequent; the probabilities then hold for even odds, not for the
    /// share in the data.
    /// </param>
    /// <exception cref="ArgumentException">The sizes do not fit, a value is not finite, or one of the labels does not occur.</exception>
    public static LogisticRegression Fit(
        IReadOnlyList<IReadOnlyList<double>> rows,
        IReadOnlyList<bool> labels,
        double ridge,
        bool balanced = true
    )
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(labels.Count, rows.Count);
        if (!(ridge > 0) || !double.IsFinite(ridge))
        {
            throw new ArgumentException($"ridge {ridge}: must be positive", nameof(ridge));
        }

        int positives = labels.Count(label => label);
        if (positives == 0 || positives == labels.Count)
        {
            throw new ArgumentException($"{positives} of {labels.Count} cases are positive: a fit needs both kinds", nameof(labels));
        }

        int width = rows[0].Count + 1;
        double[][] design =
        [
            .. rows.Select(row =>
                row.Count == width - 1 && row.All(double.IsFinite)
                    ? (double[])[1, .. row]
                    : throw new ArgumentException("a row has another length than the first, or a value that is not finite", nameof(rows))
            ),
        ];
        double[] importance =
        [
            .. labels.Select(label => balanced ? 0.5 * labels.Count / (label ? positives : labels.Count - positives) : 1),
        ];
        double[] beta = new double[width];
        double loss = Loss(design, labels, importance, beta, ridge);
        for (int iteration = 0; iteration < MostIterations; iteration++)
        {
            double[] step = NewtonStep(design, labels, importance, beta, ridge);
            double share = 1;
            double[] next = Moved(beta, step, share);
            double nextLoss = Loss(design, labels, importance, next, ridge);
            while (nextLoss > loss && share > 1e-6)
            {
                share /= 2;
                next = Moved(beta, step, share);
                nextLoss = Loss(design, labels, importance, next, ridge);
            }

            if (!(nextLoss < loss))
            {
                break;
            }

            double gain = loss - nextLoss;
            (beta, loss) = (next, nextLoss);
            if (gain < Tolerance * (1 + loss))
            {
                break;
            }
        }

        return new LogisticRegression(beta[0], beta[1..]);
    }

    /// <summary>The probability of a case, in [0,1].</summary>
    /// <param name="row">Its features, as many as there are weights.</param>
    /// <exception cref="ArgumentException">There are more or fewer.</exception>
    public double Probability(IReadOnlyList<double> row)
    {
        if (row.Count != Weights.Count)
        {
            throw new ArgumentException($"{row.Count} features, the regression has {Weights.Count} weights", nameof(row));
        }

        double sum = Intercept;
        for (int j = 0; j < row.Count; j++)
        {
            sum += Weights[j] * row[j];
        }

        return Logistic(sum);
    }

    private static double Logistic(double x) => x >= 0 ? 1 / (1 + Math.Exp(-x)) : Math.Exp(x) / (1 + Math.Exp(x));

    private static double[] Moved(double[] beta, double[] step, double share) =>
        [.. beta.Zip(step, (value, change) => value + (share * change))];

    private static double Dot(double[] first, double[] second)
    {
        double sum = 0;
        for (int j = 0; j < first.Length; j++)
        {
            sum += first[j] * second[j];
        }

        return sum;
    }

    private static double Loss(double[][] design, IReadOnlyList<bool> labels, double[] importance, double[] beta, double ridge)
    {
        double loss = 0.5 * ridge * (Dot(beta, beta) - (beta[0] * beta[0]));
        for (int i = 0; i < design.Length; i++)
        {
            // log(1 + exp(-m)) without overflow, m the margin on the right side.
            double margin = labels[i] ? Dot(design[i], beta) : -Dot(design[i], beta);
            loss += importance[i] * (Math.Max(-margin, 0) + Math.Log(1 + Math.Exp(-Math.Abs(margin))));
        }

        return loss;
    }

    private static double[] NewtonStep(double[][] design, IReadOnlyList<bool> labels, double[] importance, double[] beta, double ridge)
    {
        int width = beta.Length;
        double[,] hessian = new double[width, width];
        double[] gradient = new double[width];
        for (int i = 0; i < design.Length; i++)
        {
            double[] row = design[i];
            double p = Logistic(Dot(row, beta));
            double residual = importance[i] * ((labels[i] ? 1 : 0) - p);
            double curvature = importance[i] * p * (1 - p);
            for (int j = 0; j < width; j++)
            {
                gradient[j] += residual * row[j];
                for (int k = 0; k <= j; k++)
                {
                    hessian[j, k] += curvature * row[j] * row[k];
                }
            }
        }

        // A little of the ridge on the intercept keeps the matrix regular where all probabilities have become 0 or 1.
        hessian[0, 0] += 1e-9;
        for (int j = 1; j < width; j++)
        {
            hessian[j, j] += ridge;
            gradient[j] -= ridge * beta[j];
        }

        return SolveCholesky(hessian, gradient);
    }

    /// <summary>Solves A x = b for a symmetric positive definite A, of which the lower half is given and overwritten.</summary>
    private static double[] SolveCholesky(double[,] a, double[] b)
    {
        int n = b.Length;
        for (int j = 0; j < n; j++)
        {
            for (int k = 0; k < j; k++)
            {
                for (int i = j; i < n; i++)
                {
                    a[i, j] -= a[i, k] * a[j, k];
                }
            }

            double root = Math.Sqrt(a[j, j]);
            for (int i = j; i < n; i++)
            {
                a[i, j] /= root;
            }
        }

        double[] x = [.. b];
        for (int i = 0; i < n; i++)
        {
            for (int k = 0; k < i; k++)
            {
                x[i] -= a[i, k] * x[k];
            }

            x[i] /= a[i, i];
        }

        for (int i = n - 1; i >= 0; i--)
        {
            for (int k = i + 1; k < n; k++)
            {
                x[i] -= a[k, i] * x[k];
            }

            x[i] /= a[i, i];
        }

        return x;
    }
}
