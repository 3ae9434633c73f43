namespace Silo.LoadTest.Reports;

/// <summary>How a report looks, by day and by night, in colours that most eyes tell apart (Okabe and Ito's set).</summary>
internal static class ReportStyle
{
    public const string Css = """
        :root { color-scheme: light dark; --paper: #ffffff; --ink: #1b1f24; --soft: #5b6570; --line: #d8dee4; --card: #f6f8fa;
          --good: #116329; --bad: #b3261e;
          --c0: #0072b2; --c1: #d55e00; --c2: #009e73; --c3: #b04a85; --c4: #8a6d00; --c5: #2a7fb8; --c6: #5b6570; --c7: #1b1f24; }
        @media (prefers-color-scheme: dark) { :root { --paper: #0f1318; --ink: #e6edf3; --soft: #9aa5b1; --line: #2d353e;
          --card: #171c22; --good: #56d364; --bad: #ff7b72;
          --c0: #56b4e9; --c1: #e69f00; --c2: #2bc79a; --c3: #e08fc0; --c4: #f0e442; --c5: #8ecdf2; --c6: #9aa5b1; --c7: #e6edf3; } }
        * { box-sizing: border-box; }
        body { margin: 0 auto; padding: 24px; max-width: 1000px; background: var(--paper); color: var(--ink);
          font: 15px/1.5 system-ui, sans-serif; }
        h1 { font-size: 1.6rem; margin: 0 0 4px; } h2 { font-size: 1.15rem; margin: 32px 0 8px; }
        p.about { color: var(--soft); margin: 0 0 12px; } code { font: 13px/1.4 ui-monospace, monospace; overflow-wrap: anywhere; }
        .badge { display: inline-block; padding: 2px 10px; border: 1.5px solid currentColor; border-radius: 12px; font-weight: 600; }
        .good { color: var(--good); } .bad { color: var(--bad); }
        table { border-collapse: collapse; width: 100%; font-size: 14px; } caption { text-align: left; color: var(--soft); padding: 4px 0; }
        th, td { text-align: left; padding: 4px 10px 4px 0; border-bottom: 1px solid var(--line); vertical-align: top;
          overflow-wrap: anywhere; }
        th { font-weight: 600; } td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
        figure { margin: 0; padding: 12px 12px 8px; background: var(--card); border: 1px solid var(--line); border-radius: 8px; }
        figure > svg { display: block; width: 100%; height: auto; } figure + figure { margin-top: 12px; }
        .scroll { overflow: auto; max-height: 420px; } pre { white-space: pre-wrap; overflow-wrap: anywhere;
          font: 12.5px/1.4 ui-monospace, monospace; margin: 0; }
        summary { cursor: pointer; color: var(--soft); padding: 4px 0; }
        .legend { display: flex; flex-wrap: wrap; gap: 4px 18px; list-style: none; margin: 6px 0 0; padding: 0 0 0 8px; font-size: 13px; }
        .legend li { display: flex; align-items: center; gap: 6px; } .legend .others { color: var(--soft); }
        .grid { stroke: var(--line); } .axis, .mark { stroke: var(--soft); } .tick { fill: var(--soft); font-size: 12px; }
          .name { fill: var(--ink); font-size: 12.5px; }
        .line { fill: none; stroke-width: 1.8; stroke-linejoin: round; } .line.others { stroke: var(--line); stroke-width: 1; }
        svg .dot { fill: transparent; stroke: none; } svg .dot.seen, svg .dot:hover { fill: currentColor; }
        small { font-weight: 400; color: var(--soft); }
        .c0 { stroke: var(--c0); color: var(--c0); } .c1 { stroke: var(--c1); color: var(--c1); } .c2 { stroke: var(--c2);
          color: var(--c2); } .c3 { stroke: var(--c3); color: var(--c3); }
        .c4 { stroke: var(--c4); color: var(--c4); } .c5 { stroke: var(--c5); color: var(--c5); } .c6 { stroke: var(--c6);
          color: var(--c6); } .c7 { stroke: var(--c7); color: var(--c7); }
        @media print { details { display: none; } body { max-width: none; } }
        """;
}
