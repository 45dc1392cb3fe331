// Marks the section that is being read in the table of contents.
customElements.define("toc-current", class extends HTMLElement {
  connectedCallback() {
    const links = [...this.querySelectorAll('a[href^="#"]')];
    const heading = (link) => document.getElementById(decodeURIComponent(link.hash.slice(1)));
    const mark = () => {
      const read = links.filter((link) => heading(link)?.getBoundingClientRect().top < innerHeight * .4);
      const current = read.at(-1) ?? links[0];
      for (const link of links) link === current ? link.setAttribute("aria-current", "true") : link.removeAttribute("aria-current");
    };
    // Asked only when a heading crosses the line, not at every pixel.
    const observer = new IntersectionObserver(mark, { rootMargin: "0px 0px -60%" });
    for (const link of links) if (heading(link)) observer.observe(heading(link));
  }
});
