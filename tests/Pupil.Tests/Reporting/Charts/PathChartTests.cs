using Pupil.Reporting.Charts;

namespace Pupil.Tests.Reporting.Charts;

/// <summary>Tests of the projection of the networks' paths.</summary>
public sealed class PathChartTests
{
    [Fact]
    public void Points_in_a_plane_keep_their_distances()
    {
        double[] across = [1, 2, -1, 0, 2], along = [2, -1, 0, 3, 0]; // at right angles
        (double A, double B)[] places = [(0, 0), (3, 0), (3, 1), (-2, 2), (5, -1)];
        double[] Point((double A, double B) place) =>
            [.. across.Zip(along, (a, b) => 7 + place.A * a / Math.Sqrt(10) + place.B * b / Math.Sqrt(14))];
        double[][] points = [.. places.Select(Point)];
        var (plane, shares) = PathChart.Project(points);

        Assert.Equal(1, shares.First + shares.Second, 12);
        Assert.True(shares.First > shares.Second);
        for (int i = 0; i < points.Length; i++)
        {
            for (int j = 0; j < points.Length; j++)
            {
                double expected = Math.Sqrt(points[i].Zip(points[j], (a, b) => (a - b) * (a - b)).Sum());
                double found = Math.Sqrt(Math.Pow(plane[i, 0] - plane[j, 0], 2) + Math.Pow(plane[i, 1] - plane[j, 1], 2));
                Assert.Equal(expected, found, 9);
            }
        }
    }

    [Fact]
    public void Shares_are_those_of_the_covariance_s_eigenvalues()
    {
        // Variances 4, 1, 1/4 along the axes: eigenvalues by construction.
        double[][] points = [[2, 0, 0], [-2, 0, 0], [0, 1, 0], [0, -1, 0], [0, 0, 0.5], [0, 0, -0.5]];
        var (_, shares) = PathChart.Project(points);
        Assert.Equal(8 / 10.5, shares.First, 12);
        Assert.Equal(2 / 10.5, shares.Second, 12);
    }

    [Fact]
    public void One_point_lies_at_the_origin() => Assert.Equal(0, PathChart.Project([[3, 4]]).Plane[0, 0]);
}
