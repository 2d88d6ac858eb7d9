// How show/run_page.cc looks: one sheet for light and dark, wide and narrow, screen and paper.
#pragma once

namespace show {

inline constexpr const char* kRunPageStyle = R"(
:root{color-scheme:light dark;--paper:#f6f7f9;--card:#fff;--ink:#16202b;--soft:#5b6876;--line:#e1e6eb;
--accent:#1a66c2;--good:#1d7f4e;--bad:#c0312b;--c0:#8d99a6;--c1:#b36ad1;--c2:#2f7fd8;--c3:#12a3a3;--c4:#e0a100;--c5:#dd5f3b}
@media(prefers-color-scheme:dark){:root{--paper:#10151b;--card:#182029;--ink:#e7edf3;--soft:#9aa8b6;--line:#2b3641;
--accent:#6cb0ff;--good:#4cc38a;--bad:#ff7a70;--c0:#76838f;--c1:#c48be0;--c2:#5aa2f2;--c3:#3cc4c4;--c4:#f0bd3a;--c5:#f2835f}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}
main{max-width:68rem;margin:0 auto;padding:2rem 1.25rem 3rem}
header p{margin:.2rem 0;color:var(--soft)}
h1{font-size:clamp(1.6rem,4.6vw,2.5rem);line-height:1.15;margin:0 0 .4rem;letter-spacing:-.02em}
h1 b{color:var(--accent);font-weight:inherit}
h2{font-size:1.15rem;margin:0 0 .2rem}
section{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:1.1rem 1.25rem 1.25rem;margin-top:1rem}
section>p{margin:.1rem 0 .8rem;color:var(--soft);max-width:46rem}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(9.2rem,1fr));gap:.75rem;margin:1.4rem 0 0;padding:0;list-style:none}
.tiles li{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:.75rem 1rem}
.tiles b{display:block;font-size:1.45rem;font-weight:650;letter-spacing:-.01em;font-variant-numeric:tabular-nums}
.tiles span{color:var(--soft);font-size:.86rem}
.bad,.tiles .bad b{color:var(--bad)}
.chain{display:flex;flex-wrap:wrap;gap:3px;margin:.6rem 0 0;padding:0;list-style:none}
.chain li{min-width:2.1rem;padding:.15rem .2rem;border-radius:5px;text-align:center;font-size:.72rem;
font-variant-numeric:tabular-nums;color:var(--good);border:1px solid var(--line)}
.chain li.down{color:var(--card);background:var(--bad);border-color:var(--bad);font-weight:700}
.plot{margin:0}
.plot figcaption,.plot .axis{color:var(--soft);font-size:.82rem;margin:0}
.plot .axis{text-align:center;margin-top:1.5rem}
.area{position:relative;height:17rem;margin:.9rem .6rem 0 3.4rem}
.small .area{height:9rem}
.area svg{position:absolute;inset:0;width:100%;height:100%;overflow:visible}
.area path,.area rect{vector-effect:non-scaling-stroke}
.area .grid{stroke:var(--line);stroke-width:1;fill:none}
.dots path:not(.grid){stroke:var(--accent);stroke-width:6;stroke-linecap:round}
.dots path:not(.grid):hover{stroke:var(--bad);stroke-width:11}
.bars rect{fill:var(--accent)}
.bars rect:hover{fill:var(--bad)}
.area span{position:absolute;font-size:.75rem;color:var(--soft);font-variant-numeric:tabular-nums;white-space:nowrap}
.area .y{right:100%;margin-right:.5rem;transform:translateY(-50%)}
.area .x{top:100%;margin-top:.3rem;transform:translateX(-50%)}
.trio{display:grid;grid-template-columns:repeat(auto-fit,minmax(17rem,1fr));gap:1rem 2rem}
.stack{display:flex;height:1.9rem;border-radius:7px;overflow:hidden;margin:.7rem 0 .6rem}
.stack i{display:block;min-width:1px}
.legend{display:flex;flex-wrap:wrap;gap:.15rem 1.3rem;margin:0;padding:0;list-style:none;font-size:.88rem;color:var(--soft)}
.legend b{color:var(--ink);font-weight:600;font-variant-numeric:tabular-nums}
.legend i{display:inline-block;width:.7rem;height:.7rem;border-radius:3px;margin-right:.4rem}
.c0{background:var(--c0)}.c1{background:var(--c1)}.c2{background:var(--c2)}.c3{background:var(--c3)}.c4{background:var(--c4)}.c5{background:var(--c5)}
.scroll{overflow-x:auto;margin:.4rem -.3rem 0}
.scroll+.scroll{margin-top:1.3rem}
table{border-collapse:collapse;width:100%;font-size:.88rem;font-variant-numeric:tabular-nums}
th,td{text-align:right;padding:.28rem .6rem;border-bottom:1px solid var(--line);white-space:nowrap}
th:first-child,td:first-child{text-align:left}
th{color:var(--soft);font-weight:600}
tbody tr:last-child td{border-bottom:0}
summary{cursor:pointer;color:var(--accent);margin-top:.4rem}
code{font:.86rem/1.5 ui-monospace,"DejaVu Sans Mono",monospace;overflow-wrap:anywhere}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.25rem 1.2rem;margin:.4rem 0 0}
dt{color:var(--soft)}dd{margin:0;min-width:0;overflow-wrap:anywhere}
@media(max-width:34rem){main{padding:1.2rem .75rem 2rem}section{padding:.9rem .85rem 1rem}.area{height:13rem;margin-left:2.9rem}.dots path:not(.grid){stroke-width:4}
dl{grid-template-columns:1fr;gap:0}dd{margin-bottom:.5rem}.tiles{grid-template-columns:1fr 1fr}}
@media print{body{background:#fff}section,.tiles li{break-inside:avoid}}
)";

}  // namespace show
