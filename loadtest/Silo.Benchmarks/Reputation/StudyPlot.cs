using System.Globalization;
using System.Security;
using System.Text;

namespace Silo.Benchmarks.Reputation;

/// <summary>A plot of lines, both axes logarithmic, as SVG. What is below the least value stands on the axis.</summary>
/// <param name="mark">A value of x to point out: the threshold.</param>
internal sealed class StudyPlot(string title, string xTitle, string yTitle, double mark)
{
    private const int Width = 640;
    private const int Height = 400;
    private const int Left = 80;
    private const int Right = 20;
    private const int Top = 40;
    private const int Bottom = 56;

    // Apart for people who do not tell red from green.
    private static readonly string[] Colours = ["#0072b2", "#d55e00", "#777777"];
    private static readonly string[] Dashes = ["", "6 3", "2 3"];

    private readonly List<(string Name, IReadOnlyList<(double X, double Y)> Points)> _lines = [];

    public void Add(string name, IReadOnlyList<(double X, double Y)> points) => _lines.Add((name, points));

    public string ToSvg(double least)
    {
        var xs = _lines.SelectMany(l => l.Points).Select(p => p.X).Append(mark).ToArray();
        var (x0, x1) = (Math.Log10(xs.Min()), Math.Log10(xs.Max()));
        var most = _lines.SelectMany(l => l.Points).Select(p => p.Y).Append(least * 10).Max();
        var (y0, y1) = (Math.Log10(least), Math.Ceiling(Math.Log10(most)));
        var svg = new StringBuilder();
        Put($"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {Height}\" font-family=\"sans-serif\" font-size=\"12\">\n");
        Put($"<rect width=\"{Width}\" height=\"{Height}\" fill=\"white\"/>\n<text x=\"{Left}\" y=\"20\" font-size=\"14\">{SecurityElement.Escape(title)}</text>\n");
        for (var power = (int)Math.Ceiling(y0); power <= y1; power++)
        {
            Put($"<line x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{Y(power):0.#}\" y2=\"{Y(power):0.#}\" stroke=\"#dddddd\"/>\n");
            Put($"<text x=\"{Left - 6}\" y=\"{Y(power) + 4:0.#}\" text-anchor=\"end\">{Math.Pow(10, power):#,0.###}</text>\n");
        }

        foreach (var x in xs.Distinct().Order())
            Put($"<text x=\"{X(Math.Log10(x)):0.#}\" y=\"{Height - Bottom + 16}\" text-anchor=\"middle\" font-size=\"10\">{x:0.##}</text>\n");
        var at = X(Math.Log10(mark));
        Put($"<line x1=\"{at:0.#}\" x2=\"{at:0.#}\" y1=\"{Top}\" y2=\"{Height - Bottom}\" stroke=\"#aaaaaa\" stroke-dasharray=\"1 3\"/>\n");
        Put($"<text x=\"{(Left + Width - Right) / 2}\" y=\"{Height - 14}\" text-anchor=\"middle\">{SecurityElement.Escape(xTitle)} (dotted: the threshold)</text>\n");
        Put($"<text transform=\"translate(16 {(Top + Height - Bottom) / 2}) rotate(-90)\" text-anchor=\"middle\">{SecurityElement.Escape(yTitle)}</text>\n");
        for (var i = 0; i < _lines.Count; i++)
        {
            var points = string.Join(' ', _lines[i].Points.Select(p => string.Create(
                CultureInfo.InvariantCulture, $"{X(Math.Log10(p.X)):0.#},{Y(Math.Log10(Math.Max(p.Y, least))):0.#}")));
            Put($"<polyline points=\"{points}\" fill=\"none\" stroke=\"{Colours[i]}\" stroke-width=\"2\" stroke-dasharray=\"{Dashes[i]}\"/>\n");
            Put($"<line x1=\"{Width - 180}\" x2=\"{Width - 150}\" y1=\"{Top + 12 + (16 * i)}\" y2=\"{Top + 12 + (16 * i)}\" stroke=\"{Colours[i]}\" stroke-width=\"2\" stroke-dasharray=\"{Dashes[i]}\"/>\n");
            Put($"<text x=\"{Width - 144}\" y=\"{Top + 16 + (16 * i)}\">{SecurityElement.Escape(_lines[i].Name)}</text>\n");
        }

        return svg.Append("</svg>\n").ToString();

        void Put(FormattableString text) => svg.Append(text.ToString(CultureInfo.InvariantCulture));

        double X(double log) => Left + ((log - x0) / (x1 - x0) * (Width - Left - Right));

        double Y(double log) => Height - Bottom - ((log - y0) / (y1 - y0) * (Height - Top - Bottom));
    }
}
