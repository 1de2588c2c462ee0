"""Published channels, one file per paper."""

from gapjunction.ion_channels.catalogue.hodgkin_huxley_1952 import K_HH1952 as K_HH1952
from gapjunction.ion_channels.catalogue.hodgkin_huxley_1952 import L_HH1952 as L_HH1952
from gapjunction.ion_channels.catalogue.hodgkin_huxley_1952 import Na_HH1952 as Na_HH1952
